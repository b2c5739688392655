"""Cursor paging: a page says where the next one starts, so that nothing is missed or seen twice."""

import base64
import binascii
import json
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from shared.errors import DomainError

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=200, description="items on a page")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; opaque")
]


class Page(BaseModel, Generic[Item]):
    """Some items in a fixed order, and where to go on."""

    items: list[Item]
    next: str | None = Field(
        default=None, description="cursor of the next page; absent on the last"
    )


def encode(*position: str | int) -> str:
    """A cursor for the position (the last item's sort key)."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> list[str | int]:
    """The position in a cursor. Raises `DomainError` when it is none of ours."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        position = None
    fits = isinstance(position, list) and len(position) == len(kinds)
    if not fits or any(type(part) is not kind for part, kind in zip(position, kinds, strict=True)):
        raise DomainError(
            "paging.cursor",
            "This list gave out no such cursor. Leave it out to start from the first page.",
            field="#query/cursor",
        )
    return list(position)
