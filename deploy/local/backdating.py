"""FOR DEMONSTRATION ONLY: dates a certificate back, past the service, by a direct write.

Nothing in the platform does this. It stands in for years of waiting.
"""

import asyncio
from datetime import date
from uuid import UUID

import asyncpg

from deploy.local.calls import StoryFailed

# As if it had been issued then: every notice since is due, and the scan finds it.
_UPDATE_DATES = """
    UPDATE certificate
    SET issued_on = ($2::date - (valid_until - issued_on)), valid_until = $2, ends_on = $2,
        planned_from = ($2::date - (valid_until - issued_on)), next_notice_on = $3
    WHERE id = $1
    RETURNING issued_on
"""


def backdate_certificate(database_url: str, certificate_id: str, last_day: date) -> str:
    """Makes the certificate end on `last_day`, its term unchanged; its new date of issue.

    Raises `StoryFailed` when there is no such certificate.
    """
    issued_on = asyncio.run(_update_dates(database_url, UUID(certificate_id), last_day))
    if issued_on is None:
        raise StoryFailed(f"there is no certificate {certificate_id} to date back")
    return issued_on.isoformat()


async def _update_dates(database_url: str, certificate_id: UUID, last_day: date) -> date | None:
    connection = await asyncpg.connect(database_url)
    try:
        issued_on: date | None = await connection.fetchval(
            _UPDATE_DATES, certificate_id, last_day, date.min.replace(year=2000)
        )
        return issued_on
    finally:
        await connection.close()
