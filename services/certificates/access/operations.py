"""The audit of reads: who looked at whose personal data. Committed before anything is shown."""

from datetime import datetime
from uuid import UUID

from services.certificates.access.models import PersonalReading
from shared.db import Database
from shared.principal import Principal


async def note(
    database: Database,
    caller: Principal,
    what: str,
    now: datetime,
    certificate_id: UUID | None = None,
) -> None:
    """Keeps that the caller is about to see personal data."""
    async with database.transaction() as session:
        session.add(
            PersonalReading(
                at=now, subject=caller.subject, what=what, certificate_id=certificate_id
            )
        )
