"""Reading appeals."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.appeals.models import Appeal


async def list_appeals(session: AsyncSession, application_id: UUID) -> Sequence[Appeal]:
    """The appeals against what was done with an application, oldest first."""
    query = select(Appeal).where(Appeal.application_id == application_id)
    return (await session.exec(query.order_by(col(Appeal.filed_on), col(Appeal.id)))).all()
