"""Reading consent."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.intake.models import Consent


async def get_consent(session: AsyncSession, application_id: UUID) -> Consent | None:
    """The consent that came with an application; None once the file was erased."""
    query = select(Consent).where(Consent.application_id == application_id)
    return (await session.exec(query)).first()
