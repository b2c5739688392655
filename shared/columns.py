"""Kinds of column that the tables of all services are made of."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Column, ColumnElement, DateTime, Enum, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

EnumT = TypeVar("EnumT", bound=StrEnum)

MAX_ENUM_LENGTH = 60
"""Characters of the longest value that an enumeration may get without a change of its column."""


class Instant(TypeDecorator[datetime]):
    """A `timestamptz` that refuses naive datetimes instead of guessing their zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:  # noqa: ARG002
        """The value itself. Raises `ValueError` for an instant without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value


def enum_text(enum_class: type[EnumT], name: str | None = None) -> Enum:
    """A `StrEnum` stored as its values in text: readable in SQL, checked there, a member here.

    The check is named for the class; `name` names it where a table has two columns of one class.
    """
    name = name or re.sub(r"(?<!^)(?=[A-Z])", "_", enum_class.__name__).lower()
    return Enum(
        enum_class,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=MAX_ENUM_LENGTH,
        values_callable=lambda members: [member.value for member in members],
    )


class JsonModel(TypeDecorator[Any]):
    """A JSONB column that is written and read as a type: a frozen model, a tuple of them, ...

    `shape` is anything that pydantic validates. A None is stored as SQL's NULL.
    """

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def process_bind_param(self, value: Any, dialect: object) -> Any:  # noqa: ARG002
        """The value as JSON's types."""
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: object) -> Any:  # noqa: ARG002
        """The stored JSON as the type. Raises pydantic's `ValidationError`."""
        return None if value is None else self._adapter.validate_python(value)


def identity_key() -> Any:
    """A primary key that the database counts up."""
    identity = Identity(always=True)
    return Field(default=None, sa_column=Column(BigInteger, identity, primary_key=True))


def json_column(shape: Any, *, nullable: bool = False) -> Any:
    """A JSONB column of this shape, as a model's field."""
    column: Column[Any] = Column(JsonModel(shape), nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def is_other_than(column: Mapped[Any], value: str) -> ColumnElement[bool]:
    """The condition that an indexed column has another value; the index finds the few that have."""
    return (column < value) | (column > value)
