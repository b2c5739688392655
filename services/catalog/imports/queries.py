"""Imported tables."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import tuple_
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.imports.models import TableImport
from shared import paging
from shared.errors import NotFound

# A file is read only where it is sent.
_WITHOUT_FILE = defer(TableImport.content)  # type: ignore[arg-type]


async def one(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table without its file. Raises `NotFound`."""
    query = select(TableImport).where(TableImport.id == import_id).options(_WITHOUT_FILE)
    return _found((await session.exec(query)).first(), import_id)


async def with_file(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table and its file. Raises `NotFound`."""
    return _found(await session.get(TableImport, import_id), import_id)


async def locked(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table, locked until the transaction ends. Raises `NotFound`."""
    query = (
        select(TableImport)
        .where(TableImport.id == import_id)
        .options(_WITHOUT_FILE)
        .with_for_update(key_share=True)
    )
    return _found((await session.exec(query)).first(), import_id)


async def page(
    session: AsyncSession, cursor: str | None, limit: int
) -> tuple[Sequence[TableImport], str | None]:
    """A page, the newest first, and the cursor of the next one."""
    order = (col(TableImport.created_at), col(TableImport.id))
    query = select(TableImport).options(_WITHOUT_FILE).order_by(*(one.desc() for one in order))
    if cursor is not None:
        query = query.where(tuple_(*order) < tuple_(*paging.decode(cursor, AwareDatetime, UUID)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    shown = rows[:limit]
    return shown, paging.encode(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None


def _found(table: TableImport | None, import_id: UUID) -> TableImport:
    if table is None:
        raise NotFound("import.unknown", f"There is no imported table {import_id}.")
    return table
