"""Cursor paging: each page carries the next one's cursor, so nothing is missed or repeated."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter
from pydantic_core import to_json
from sqlalchemy import BigInteger, Row, Select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from shared.errors import DomainError
from shared.schemas import MAX_EXACT_INTEGER, MAX_INTEGER

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT")

MAX_PAGE_ITEMS = 200
MAX_LIST_ITEMS = 10_000
MAX_CURSOR_CHARACTERS = 500


class Page(BaseModel, Generic[ItemT]):
    """One page of items in a fixed order, with the cursor of the next."""

    items: list[ItemT] = Field(
        max_length=MAX_PAGE_ITEMS, description="items in the order of the list, at most `limit`"
    )
    next: str | None = Field(
        default=None,
        max_length=MAX_CURSOR_CHARACTERS,
        description="cursor of the next page; null on the last",
        examples=["WyIyMDI2LTAzLTAyIiwxMl0"],
    )


class WholeList(BaseModel, Generic[ItemT]):
    """A list that one answer holds whole."""

    items: list[ItemT] = Field(max_length=MAX_LIST_ITEMS, description="all items, in order")


SortKey = tuple[Any, type]
"""A column by which a list is sorted, and the type that its values have in a cursor."""


async def get_page(
    session: AsyncSession,
    query: SelectOfScalar[RowT],
    sort_keys: Sequence[SortKey],
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[RowT], str | None]:
    """At most `limit` rows after the cursor, ascending, and the cursor of the next page.

    The sort keys are columns of the row, and together unique. Raises `DomainError` for a cursor
    that this list did not give out.
    """
    columns = [column for column, _ in sort_keys]
    if cursor is not None:
        query = query.where(tuple_(*columns) > _decode_position(sort_keys, cursor))
    return await _load_page(session, query.order_by(*columns), columns, limit)


async def get_row_page(
    session: AsyncSession,
    query: Select[Any],
    sort_keys: Sequence[SortKey],
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The same of rows that are no entities, but columns of a table."""
    return await get_page(
        session, cast("SelectOfScalar[Row[Any]]", query), sort_keys, cursor, limit
    )


async def get_newest_page(
    session: AsyncSession,
    query: SelectOfScalar[RowT],
    sort_keys: Sequence[SortKey],
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[RowT], str | None]:
    """The same, descending: the newest first."""
    columns = [column for column, _ in sort_keys]
    if cursor is not None:
        query = query.where(tuple_(*columns) < _decode_position(sort_keys, cursor))
    descending = (column.desc() for column in columns)
    return await _load_page(session, query.order_by(*descending), columns, limit)


async def get_sorted_page(
    session: AsyncSession,
    query: SelectOfScalar[RowT],
    sort_keys: Sequence[SortKey],
    cursor: str | None,
    limit: int,
    *,
    sort: str,
) -> tuple[Sequence[RowT], str | None]:
    """The same, as the parameter `sort` orders: descending where its name has a `-` before it."""
    load_page = get_newest_page if sort.startswith("-") else get_page
    return await load_page(session, query, sort_keys, cursor, limit)


def _decode_position(sort_keys: Sequence[SortKey], cursor: str) -> Any:
    kinds = (
        BigInteger if isinstance(column.type, BigInteger) else kind for column, kind in sort_keys
    )
    return tuple_(*decode_cursor(cursor, *kinds))


async def _load_page(
    session: AsyncSession,
    query: SelectOfScalar[RowT],
    columns: Sequence[Any],
    limit: int,
) -> tuple[Sequence[RowT], str | None]:
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    if len(rows) <= limit:
        return page, None
    return page, encode_cursor(*(getattr(page[-1], column.key) for column in columns))


def encode_cursor(*position: object) -> str:
    """A cursor for a position: the last item's sort keys (JSON values, UUIDs or instants)."""
    return base64.urlsafe_b64encode(to_json(position)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The position in a cursor, as values of these types that columns can hold.

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


_STORED_TYPES: Mapping[Any, Any] = {
    int: Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)],
    BigInteger: Annotated[int, Field(ge=-MAX_EXACT_INTEGER, le=MAX_EXACT_INTEGER)],
    str: Annotated[str, Field(pattern=r"^[^\x00]*$")],
    Decimal: Annotated[Decimal, Field(ge=-MAX_INTEGER, le=MAX_INTEGER, decimal_places=20)],
    AwareDatetime: Annotated[
        AwareDatetime,
        Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(9999, 12, 30, tzinfo=UTC)),
    ],
}
"""What columns hold of each type: the rest is in no cursor that a list gave out."""


@cache
def _position_adapter(types: tuple[type, ...]) -> TypeAdapter[tuple[Any, ...]]:
    stored_types = tuple(_STORED_TYPES.get(kind, kind) for kind in types)
    tuple_type: Any = tuple.__class_getitem__(stored_types)
    return TypeAdapter(tuple_type)
