"""What the catalog published, kept here so that applications go on while the catalog is down."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.models import QualificationVersion
from shared.db import execute
from shared.events.catalog import QualificationPublished


async def keep_version(session: AsyncSession, event: QualificationPublished, now: datetime) -> None:
    """Keeps a published version. Versions never change, so a known one is left as it is."""
    row = {
        "id": event.qualification.id,
        "version": event.qualification.version,
        "payload": event.model_dump(mode="json"),
        "received_at": now,
    }
    await execute(session, insert(QualificationVersion).values(row).on_conflict_do_nothing())
