"""The audit of disclosures: who read whose personal data, committed before it is shown."""

from datetime import datetime
from uuid import UUID

from services.certificates.access.models import Disclosure
from shared.db import Database
from shared.principal import Principal


async def record_disclosure(
    database: Database,
    caller: Principal,
    resource: str,
    now: datetime,
    certificate_id: UUID | None = None,
) -> None:
    """Records, in a transaction of its own, that the caller is about to see personal data.

    `resource` says what is read, e.g. "document" or "feed after 17".
    """
    async with database.transaction() as session:
        session.add(
            Disclosure(
                disclosed_at=now,
                subject=caller.subject,
                resource=resource,
                certificate_id=certificate_id,
            )
        )
