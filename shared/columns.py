"""Kinds of column."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime, Text
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A `timestamptz` that refuses naive datetimes instead of guessing their zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:  # noqa: ARG002
        """The value itself. Raises `ValueError` for an instant without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value


class EnumText(TypeDecorator[StrEnum]):
    """A member of a `StrEnum` stored as text: readable in SQL, and a member again in Python."""

    impl = Text
    cache_ok = True

    def __init__(self, enum_class: type[StrEnum]) -> None:
        super().__init__()
        self.enum_class = enum_class

    def process_bind_param(self, value: StrEnum | None, dialect: object) -> str | None:  # noqa: ARG002
        """The member's text. Raises `ValueError` for text that is no member."""
        return None if value is None else self.enum_class(value).value

    def process_result_value(self, value: str | None, dialect: object) -> StrEnum | None:  # noqa: ARG002
        """The enum member for the stored text."""
        return None if value is None else self.enum_class(value)
