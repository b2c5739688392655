"""Reading what waits for a number."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance.models import NumberRequest


async def list_number_requests(
    session: AsyncSession, after_id: int, limit: int
) -> Sequence[NumberRequest]:
    """Approved applications that wait for the registry's number, oldest first."""
    query = (
        select(NumberRequest)
        .where(col(NumberRequest.number).is_(None), col(NumberRequest.id) > after_id)
        .order_by(col(NumberRequest.id))
        .limit(limit)
    )
    return (await session.exec(query)).all()
