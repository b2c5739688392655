"""Reading consent, and its text."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.intake.models import Consent, ConsentText


async def get_consent(session: AsyncSession, application_id: UUID) -> Consent | None:
    """The consent that came with an application; None once the file was erased."""
    query = select(Consent).where(Consent.application_id == application_id)
    return (await session.exec(query)).first()


async def get_current_consent_text(session: AsyncSession, today: date) -> ConsentText:
    """The newest text of consent that is in force; the first migration brings the first one."""
    query = select(ConsentText).where(col(ConsentText.in_force_from) <= today)
    newest_first = query.order_by(
        col(ConsentText.in_force_from).desc(), col(ConsentText.version).desc()
    )
    return (await session.exec(newest_first.limit(1))).one()
