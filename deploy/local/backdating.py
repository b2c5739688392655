"""FOR DEMONSTRATION ONLY: dates a certificate back, past the services, by direct writes.

Nothing in the platform does this. It stands in for years of waiting.
"""

import asyncio
from collections.abc import Callable
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
# Letters about the certificate ask whether it still ends on the day that they speak of.
_UPDATE_COPY = """
    UPDATE certificate SET issued_on = $2, valid_until = $3, ends_on = $3 WHERE certificate_id = $1
"""

DatabaseAddress = Callable[[str], str]
"""The url of a service's database, by the service's name."""


def backdate_certificate(database_url: DatabaseAddress, certificate_id: str, last_day: date) -> str:
    """Makes the certificate end on `last_day`, its term unchanged; its new date of issue.

    In certificates, and in the copy that applications has of it.

    Raises `StoryFailed` when there is no such certificate.
    """
    issued_on = asyncio.run(_update_dates(database_url, UUID(certificate_id), last_day))
    if issued_on is None:
        raise StoryFailed(f"there is no certificate {certificate_id} to date back")
    return issued_on.isoformat()


async def _update_dates(
    database_url: DatabaseAddress, certificate_id: UUID, last_day: date
) -> date | None:
    certificates = await asyncpg.connect(database_url("certificates"))
    applications = await asyncpg.connect(database_url("applications"))
    try:
        async with certificates.transaction():
            issued_on: date | None = await certificates.fetchval(
                _UPDATE_DATES, certificate_id, last_day, date.min.replace(year=2000)
            )
            await applications.execute(_UPDATE_COPY, certificate_id, issued_on, last_day)
        return issued_on
    finally:
        await certificates.close()
        await applications.close()
