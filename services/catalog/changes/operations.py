"""The change feed's positions."""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.models import CatalogChange, FeedHead
from services.catalog.qualification.models import QualificationVersion
from shared.db import execute


async def add_change(
    session: AsyncSession, kind: str, version: QualificationVersion, now: datetime
) -> None:
    """Adds a change at the next position.

    The head's row stays locked until the transaction ends, so positions follow the order of the
    commits and a rolled back one leaves no gap. Publications are rare; that they wait for one
    another costs nothing. Call it last, so that the lock is held shortly.
    """
    following = update(FeedHead).values(position=FeedHead.position + 1)
    position = (await execute(session, following.returning(col(FeedHead.position)))).scalar_one()
    session.add(
        CatalogChange(
            position=position,
            kind=kind,
            qualification_id=version.qualification_id,
            version=version.version,
            recorded_at=now,
        )
    )
    await session.flush()
