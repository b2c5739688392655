"""FOR DEMONSTRATION ONLY: dates a certificate back, past the service, by a direct write.

Nothing in the platform does this. It stands in for years of waiting.
"""

import asyncio
from datetime import date
from uuid import UUID

import asyncpg

from deploy.local.calls import StoryFailed

# The notice date is set to the certificate's new end: whatever is due by now is found by the scan.
_DATE_BACK = """
    UPDATE certificate
    SET issued_on = ($2::date - (valid_until - issued_on)), valid_until = $2, ends_on = $2,
        next_notice_on = $3
    WHERE id = $1
    RETURNING issued_on
"""


def date_back(database_url: str, certificate_id: str, ends: date) -> str:
    """Makes the certificate end on `ends`, its term unchanged; returns its new date of issue."""
    issued_on = asyncio.run(_date_back(database_url, UUID(certificate_id), ends))
    if issued_on is None:
        raise StoryFailed(f"there is no certificate {certificate_id} to date back")
    return issued_on.isoformat()


async def _date_back(database_url: str, certificate_id: UUID, ends: date) -> date | None:
    connection = await asyncpg.connect(database_url)
    try:
        found: date | None = await connection.fetchval(
            _DATE_BACK, certificate_id, ends, date.min.replace(year=2000)
        )
        return found
    finally:
        await connection.close()
