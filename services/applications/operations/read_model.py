"""What the catalog published, kept here so that applications go on while the catalog is down."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.models import QualificationVersion, QualificationWithdrawal
from shared.db import execute
from shared.events.catalog import QualificationPublished, QualificationWithdrawn


async def keep_version(session: AsyncSession, event: QualificationPublished, now: datetime) -> None:
    """Keeps a published version. Versions never change, so a known one is left as it is."""
    row = {
        "id": event.qualification.id,
        "version": event.qualification.version,
        "payload": event.model_dump(mode="json"),
        "received_at": now,
    }
    await execute(session, insert(QualificationVersion).values(row).on_conflict_do_nothing())


async def keep_withdrawal(
    session: AsyncSession, event: QualificationWithdrawn, now: datetime
) -> None:
    """Keeps that a qualification ends. It ends once, so a known end is left as it is."""
    row = {
        "id": event.qualification_id,
        "withdrawn_from": event.withdrawn_from,
        "reason": event.reason,
        "received_at": now,
    }
    await execute(session, insert(QualificationWithdrawal).values(row).on_conflict_do_nothing())
