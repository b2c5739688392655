"""Reading certificates whose notices are due, and the ledger of notices."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.validity.models import ValidityNotice
from services.certificates.validity.rules import Notice
from shared.paging import get_page


async def list_notices(
    session: AsyncSession, certificate_id: UUID | None, cursor: str | None, limit: int
) -> tuple[Sequence[ValidityNotice], str | None]:
    """A page of the ledger in the order in which it was written, and the next one's cursor."""
    query = select(ValidityNotice)
    if certificate_id is not None:
        query = query.where(ValidityNotice.certificate_id == certificate_id)
    return await get_page(session, query, [(col(ValidityNotice.id), int)], cursor, limit)


async def lock_due_certificates(
    session: AsyncSession, today: date, limit: int
) -> Sequence[Certificate]:
    """Locks certificates whose next notice is due; skips those that another scan holds."""
    query = (
        select(Certificate)
        .where(col(Certificate.next_notice_on) <= today)
        .order_by(col(Certificate.next_notice_on), col(Certificate.id))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.exec(query)).all()


async def list_recorded_notices(
    session: AsyncSession, certificates: Sequence[Certificate]
) -> dict[UUID, set[Notice]]:
    """The notices that the ledger has about the present end of each certificate, by its id."""
    notices_by_certificate: dict[UUID, set[Notice]] = {
        certificate.id: set() for certificate in certificates
    }
    generations = {certificate.id: certificate.generation for certificate in certificates}
    query = select(ValidityNotice).where(
        col(ValidityNotice.certificate_id).in_(notices_by_certificate)
    )
    for row in (await session.exec(query)).all():
        if row.generation == generations[row.certificate_id]:
            notices_by_certificate[row.certificate_id].add(Notice(row.kind, row.threshold_days))
    return notices_by_certificate


async def lock_certificates_after(
    session: AsyncSession, after_id: UUID | None, limit: int
) -> Sequence[Certificate]:
    """Locks the next certificates by id after `after_id`: for a change that visits all of them."""
    query = select(Certificate).order_by(col(Certificate.id)).limit(limit).with_for_update()
    if after_id is not None:
        query = query.where(col(Certificate.id) > after_id)
    return (await session.exec(query)).all()
