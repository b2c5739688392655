"""Writes to the change feed."""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.changes.models import CatalogChange, FeedHead
from services.catalog.qualification.models import QualificationVersion
from shared.db import execute


async def append_change(
    session: AsyncSession, kind: str, version: QualificationVersion, now: datetime
) -> None:
    """Appends a change to the feed at the next position.

    The head's row stays locked until the transaction ends, so positions follow the order of the
    commits and a rolled back one leaves no gap. Publications are rare; that they wait for one
    another costs nothing. Call it last, so that the lock is held shortly.
    """
    advance_head = update(FeedHead).values(position=FeedHead.position + 1)
    position = (await execute(session, advance_head.returning(col(FeedHead.position)))).scalar_one()
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
