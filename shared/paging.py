"""Cursor paging: each page carries the next one's cursor, so nothing is missed or repeated."""

import base64
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from shared.errors import DomainError

ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    """One page of items in a fixed order, with the cursor of the next."""

    items: list[ItemT]
    next: str | None = Field(
        default=None, description="cursor of the next page; absent on the last"
    )


def encode_cursor(*position: object) -> str:
    """A cursor for a position: the last item's sort keys (JSON values, UUIDs or instants)."""
    return base64.urlsafe_b64encode(to_json(position)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The position in a cursor, as values of these types.

    Raises `DomainError` (`paging.cursor`) when this list gave out no such cursor.
    """
    try:
        content = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position: tuple[Any, ...] = _position_adapter(types).validate_json(content)
    except ValueError:  # also what base64 and pydantic raise
        raise DomainError(
            "paging.cursor",
            "This list gave out no such cursor. Leave it out to start from the first page.",
            field="#query/cursor",
        ) from None
    return position


@cache
def _position_adapter(types: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    tuple_type: Any = tuple.__class_getitem__(types)
    return TypeAdapter(tuple_type)
