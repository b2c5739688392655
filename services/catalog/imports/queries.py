"""Reads of imported tables."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.imports.models import TableImport
from shared.errors import NotFound
from shared.paging import get_newest_page

# A file is read only where it is sent.
_WITHOUT_FILE = defer(TableImport.content)  # type: ignore[arg-type]
_WITHOUT_REPORT = defer(TableImport.report)  # type: ignore[arg-type]


async def get_import(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table without its file. Raises `NotFound`."""
    query = select(TableImport).where(TableImport.id == import_id).options(_WITHOUT_FILE)
    return _require_import((await session.exec(query)).first(), import_id)


async def get_import_with_file(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table and its file. Raises `NotFound`."""
    return _require_import(await session.get(TableImport, import_id), import_id)


async def lock_import(session: AsyncSession, import_id: UUID) -> TableImport:
    """An imported table, locked until the transaction ends. Raises `NotFound`."""
    query = (
        select(TableImport)
        .where(TableImport.id == import_id)
        .options(_WITHOUT_FILE)
        .with_for_update(key_share=True)
    )
    return _require_import((await session.exec(query)).first(), import_id)


async def list_imports(
    session: AsyncSession, cursor: str | None, limit: int
) -> tuple[Sequence[TableImport], str | None]:
    """A page of imported tables, newest first, and the next page's cursor, None on the last.

    They come without their files and reports.
    """
    sort_keys = [(col(TableImport.created_at), AwareDatetime), (col(TableImport.id), UUID)]
    query = select(TableImport).options(_WITHOUT_FILE, _WITHOUT_REPORT)
    return await get_newest_page(session, query, sort_keys, cursor, limit)


def _require_import(table: TableImport | None, import_id: UUID) -> TableImport:
    """The imported table. Raises `NotFound` for None."""
    if table is None:
        raise NotFound("import.unknown", f"There is no imported table {import_id}.")
    return table
