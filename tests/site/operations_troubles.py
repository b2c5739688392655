"""What operations have to look at in the crawl: rows set aside, dead letters, jobs that fail."""

from datetime import timedelta

from sqlalchemy import text

from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB
from shared.db import execute
from shared.job_states.set_aside import set_row_aside
from shared.job_states.states import record_failure, record_success
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record
from tests.certificates.approvals import approval, delivery
from tests.site.hostile_text import LINE
from tests.site.readers import CRAWLED_AT
from tests.site.served_site import ServedSite

SUBJECTS = ("11111111-1111-4111-8111-111111111111", LINE)
_LET_ROUTE_REST = text(
    """
    INSERT INTO mail_route (channel, failures, retry_at) VALUES ('email', 5, :retry_at)
    ON CONFLICT (channel) DO UPDATE SET failures = 5, retry_at = :retry_at
    """
)
_PARK_EVENTS = text(
    """
    UPDATE outbox SET parked_at = :parked_at, park_reason = 'MessageSizeTooLargeError'
    WHERE id IN (SELECT id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT :count)
    """
)
EVENT_COUNT = 3
"""Dead letters and parked events of each service: one is replayed, one discarded, one stays."""


async def make_troubles(site: ServedSite) -> None:
    """Puts something into every table that the pages of operations show."""
    databases = (site.catalog_database, site.applications_database, site.certificates_database)
    for database in databases:
        async with database.transaction() as session:
            for subject in SUBJECTS:
                reason = "DataError, SQLSTATE 22P02"
                await set_row_aside(session, "notices", subject, reason, CRAWLED_AT)
            await record_failure(session, "outbox-partitions", 3600, "OSError", CRAWLED_AT)
            long_ago = CRAWLED_AT - timedelta(days=30)
            await record_success(session, "idempotency-clean-up", 3600, 7, long_ago)
            await execute(session, _PARK_EVENTS, {"parked_at": CRAWLED_AT, "count": EVENT_COUNT})
    async with site.certificates_database.transaction() as session:
        await record_success(session, EXPIRY_WEEKS_JOB, 3600, 0, CRAWLED_AT)
    async with site.applications_database.transaction() as session:
        await execute(session, _LET_ROUTE_REST, {"retry_at": CRAWLED_AT + timedelta(hours=1)})
    for database in databases[1:]:
        for number in range(EVENT_COUNT):
            record = delivery(approval(), CRAWLED_AT)
            await store_dead_letter(database, record, "failure", "ValueError", 5)
            strange_record = Record(
                "certificates.certificate", 0, number, LINE.encode(), (), LINE.encode()
            )
            await store_dead_letter(database, strange_record, "unreadable", LINE, 1)
