"""Reading certificates whose notices are due, and the ledger of notices."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import Notice
from shared import paging


async def notices(
    session: AsyncSession, certificate_id: UUID | None, cursor: str | None, limit: int
) -> tuple[Sequence[ValidityNotice], str | None]:
    """A page of the ledger in the order in which it was written, and the next one's cursor."""
    query = select(ValidityNotice).order_by(col(ValidityNotice.id))
    if certificate_id is not None:
        query = query.where(ValidityNotice.certificate_id == certificate_id)
    if cursor is not None:
        (last,) = paging.decode(cursor, int)
        query = query.where(col(ValidityNotice.id) > last)
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    return page, paging.encode(page[-1].id) if len(rows) > limit else None


async def due(session: AsyncSession, today: date, limit: int) -> Sequence[Certificate]:
    """Certificates whose next notice is due, locked; those that another scan holds are left out."""
    query = (
        select(Certificate)
        .where(col(Certificate.next_notice_on) <= today)
        .order_by(col(Certificate.next_notice_on), col(Certificate.id))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.exec(query)).all()


async def given(
    session: AsyncSession, certificates: Sequence[Certificate]
) -> dict[UUID, set[Notice]]:
    """The notices that the ledger has of these certificates, about their present end."""
    found: dict[UUID, set[Notice]] = {each.id: set() for each in certificates}
    generations = {each.id: each.generation for each in certificates}
    query = select(ValidityNotice).where(col(ValidityNotice.certificate_id).in_(found))
    for row in (await session.exec(query)).all():
        if row.generation == generations[row.certificate_id]:
            found[row.certificate_id].add(Notice(row.kind, row.threshold_days))
    return found


async def after(session: AsyncSession, last: UUID | None, limit: int) -> Sequence[Certificate]:
    """Certificates in the order of their ids, locked: for a change that visits all."""
    query = select(Certificate).order_by(col(Certificate.id)).limit(limit).with_for_update()
    if last is not None:
        query = query.where(col(Certificate.id) > last)
    return (await session.exec(query)).all()
