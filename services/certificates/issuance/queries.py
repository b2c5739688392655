"""Reading what waits for a number."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance.models import NumberRequest
from shared.paging import get_page


async def list_number_requests(
    session: AsyncSession, cursor: str | None, limit: int
) -> tuple[Sequence[NumberRequest], str | None]:
    """A page of approved applications that wait for the registry's number, oldest first.

    With the cursor of the next page.
    """
    query = select(NumberRequest).where(col(NumberRequest.number).is_(None))
    return await get_page(session, query, [(col(NumberRequest.id), int)], cursor, limit)
