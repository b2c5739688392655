"""The cost of the scan of validity beside the bare statements that move and enter the same rows."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import asyncpg
from sqlalchemy import text

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute

CERTIFICATES = 300_000
DUE_CERTIFICATES = 20_000
ROUNDS = 5
TARGET_RATIO = 0.9
FIRST_DAY = date(2028, 9, 1)

_INSERT_CERTIFICATES = """
    INSERT INTO certificate (id, number, application_id, holder, qualification_id,
        qualification_version, qualification, centre, decided_on, decision_protocol, issued_on,
        valid_until, ends_on, generation, revision, issued_at, planned_from, next_notice_on,
        in_feed)
    SELECT gen_random_uuid(), 'scan-' || n, gen_random_uuid(),
        '{"family_name": "Белова", "given_name": "Анна", "patronymic": null}', gen_random_uuid(), 1,
        '{"name": "Оператор контактного центра", "level": 3, "council": "Совет", "registry_number":
        "07.01000.01", "labour_functions": []}', '{"number": "78.041", "name": "ЦОК"}',
        DATE '2026-03-01', 'С-1', DATE '2026-03-02', $2::date + (n / $3::int) + 180,
        $2::date + (n / $3::int) + 180, 0, 0, now(), DATE '2026-03-02', $2::date + (n / $3::int),
        true
    FROM generate_series(0, $1::int - 1) n
"""
_BARE_STATEMENTS = (
    """
    INSERT INTO validity_notice (certificate_id, generation, threshold_days, due_on, noticed_on,
                                 recorded_at, event_id)
    SELECT id, generation, 180, next_notice_on, :day, now(), gen_random_uuid()
    FROM certificate WHERE next_notice_on = :day
    """,
    """
    INSERT INTO outbox (event_id, topic, key, headers, payload)
    SELECT event_id, 'certificates.certificate', certificate_id::text,
           '{"ce_specversion": "1.0", "ce_type": "certificates.certificate.renewal_due.v1"}',
           convert_to(json_build_object('certificate_id', certificate_id)::text, 'UTF8')
    FROM validity_notice WHERE noticed_on = :day
    """,
    "UPDATE certificate SET next_notice_on = ends_on - 90 WHERE next_notice_on = :day",
)


class _StandingClock:
    """A clock that stands at noon of a day."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)


async def measure_scan(settings: CertificatesSettings) -> None:
    """Prints the ratio of the bare statements' time to the scan's, and that of an empty round."""
    database = Database.connect(settings)
    await _insert_certificates(database.dsn)
    clock = _StandingClock(FIRST_DAY)
    duties = Duties(database, clock, settings)

    async def run_bare_statements() -> object:
        async with database.transaction() as session:
            for statement in _BARE_STATEMENTS:
                await execute(session, text(statement), {"day": clock.day})
        return None

    ratios, scan_seconds, empty_seconds = [], [], []
    for round_number in range(ROUNDS + 1):
        scanned = await _measure_seconds(duties.record_notices)
        empty = await _measure_seconds(duties.record_notices)
        clock.day += timedelta(days=1)
        bare = await _measure_seconds(run_bare_statements)
        clock.day += timedelta(days=1)
        if round_number:  # the first one warms up
            ratios.append(bare / scanned)
            scan_seconds.append(scanned)
            empty_seconds.append(empty)
    await database.close()
    print(
        f"scan of {DUE_CERTIFICATES:,} due among {CERTIFICATES:,}: ratio"
        f" {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}),"
        f" target {TARGET_RATIO}"
        f" | {statistics.median(scan_seconds):.2f} s, an empty round"
        f" {statistics.median(empty_seconds) * 1000:.1f} ms",
        flush=True,
    )


async def _insert_certificates(url: str) -> None:
    connection = await asyncpg.connect(url)
    parameters = (CERTIFICATES, FIRST_DAY, DUE_CERTIFICATES)
    await connection.execute(_INSERT_CERTIFICATES, *parameters, timeout=300)
    await connection.execute("VACUUM ANALYZE certificate", timeout=300)
    await connection.close()


async def _measure_seconds(run: Callable[[], Awaitable[object]]) -> float:
    started_at = time.perf_counter()
    await run()
    return time.perf_counter() - started_at


def run_scan_benchmark() -> None:
    """Measures on the database that the service's settings name."""
    asyncio.run(measure_scan(CertificatesSettings()))
