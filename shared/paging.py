"""Cursor paging: a page says where the next one starts, so that nothing is missed or seen twice."""

import base64
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from shared.errors import DomainError

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Some items in a fixed order, and where to go on."""

    items: list[Item]
    next: str | None = Field(
        default=None, description="cursor of the next page; absent on the last"
    )


def encode(*position: object) -> str:
    """A cursor for the position: the last item's sort key, of JSON values, UUIDs or instants."""
    return base64.urlsafe_b64encode(to_json(position)).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The position in a cursor, of these types. Raises `DomainError` when it is none of ours."""
    try:
        position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found: tuple[Any, ...] = _shape(kinds).validate_json(position)
    except ValueError:  # also what base64 and pydantic raise
        raise DomainError(
            "paging.cursor",
            "This list gave out no such cursor. Leave it out to start from the first page.",
            field="#query/cursor",
        ) from None
    return found


@cache
def _shape(kinds: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    shape: Any = tuple.__class_getitem__(kinds)
    return TypeAdapter(shape)
