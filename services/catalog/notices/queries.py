"""Reads of plans of notices."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.notices.models import NoticePlanChange
from shared.paging import SortKey, get_newest_page

_SORT_KEYS: list[SortKey] = [(col(NoticePlanChange.revision), int)]


async def get_last_change(session: AsyncSession, qualification_id: UUID) -> NoticePlanChange | None:
    """What stands of a qualification's notices; None where its council has never set anything."""
    query = (
        select(NoticePlanChange)
        .where(NoticePlanChange.qualification_id == qualification_id)
        .order_by(col(NoticePlanChange.revision).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def list_plan_changes(
    session: AsyncSession, qualification_id: UUID, cursor: str | None, limit: int
) -> tuple[Sequence[NoticePlanChange], str | None]:
    """A page of a plan's changes, the newest first, and the next one's cursor."""
    query = select(NoticePlanChange).where(NoticePlanChange.qualification_id == qualification_id)
    return await get_newest_page(session, query, _SORT_KEYS, cursor, limit)
