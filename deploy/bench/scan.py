"""The cost of the scan of validity beside the bare statements that move and enter the same rows."""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import psutil
from sqlalchemy import text

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.events.certificates import CertificateRenewalDue
from shared.messaging import envelope

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
    SELECT event_id, 'certificates.certificate', id::text, CAST(:headers AS jsonb),
           convert_to(json_build_object(
               'certificate_id', id, 'number', number, 'application_id', application_id,
               'qualification_id', qualification_id, 'qualification_version', qualification_version,
               'valid_until', ends_on, 'threshold_days', 180, 'noticed_on', noticed_on
           )::text, 'UTF8')
    FROM validity_notice JOIN certificate ON id = certificate_id WHERE noticed_on = :day
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
    headers = json.dumps(
        envelope.build_type_headers(CertificateRenewalDue, str(uuid4()), uuid4(), clock.now())
    )

    async def run_bare_statements() -> None:
        async with database.transaction() as session:
            for statement in _BARE_STATEMENTS:
                parameters = {"day": clock.day, "headers": headers}
                await execute(session, text(statement), parameters)

    server = await _find_server(database)
    scans, empty_rounds, bare_runs = [], [], []
    for _ in range(ROUNDS + 1):
        scans.append(await _measure(server, duties.record_notices))
        empty_rounds.append(await _measure(server, duties.record_notices))
        clock.day += timedelta(days=1)
        bare_runs.append(await _measure(server, run_bare_statements))
        clock.day += timedelta(days=1)
    await database.close()
    pairs = list(zip(scans, bare_runs, strict=True))[1:]  # the first one warms up
    ratios = [bare.seconds / scan.seconds for scan, bare in pairs]
    cpu_ratios = [bare.cpu_seconds / scan.cpu_seconds for scan, bare in pairs]
    print(
        f"scan of {DUE_CERTIFICATES:,} due among {CERTIFICATES:,}: ratio"
        f" {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}),"
        f" target {TARGET_RATIO}"
        f" | by the server's CPU time {statistics.median(cpu_ratios):.2f}"
        f" | {statistics.median(run.seconds for run in scans[1:]):.2f} s, an empty round"
        f" {statistics.median(run.seconds for run in empty_rounds[1:]) * 1000:.1f} ms",
        flush=True,
    )


async def _insert_certificates(url: str) -> None:
    connection = await asyncpg.connect(url)
    parameters = (CERTIFICATES, FIRST_DAY, DUE_CERTIFICATES)
    await connection.execute(_INSERT_CERTIFICATES, *parameters, timeout=300)
    await connection.execute("VACUUM ANALYZE certificate", timeout=300)
    await connection.close()


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a run took: time, and CPU time of all processes of the database's server."""

    seconds: float
    cpu_seconds: float


async def _find_server(database: Database) -> psutil.Process:
    """The process whose children are all others of the database's server."""
    async with database.read_only_transaction() as session:
        pid = (await execute(session, text("SELECT pg_backend_pid()"))).scalar_one()
    parent = psutil.Process(pid).parent()
    assert parent is not None
    return parent


async def _measure(server: psutil.Process, run: Callable[[], Awaitable[object]]) -> _Cost:
    started_at, cpu_seconds = time.perf_counter(), _sum_cpu_seconds(server)
    await run()
    return _Cost(time.perf_counter() - started_at, _sum_cpu_seconds(server) - cpu_seconds)


def _sum_cpu_seconds(server: psutil.Process) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in server.children())


def run_scan_benchmark() -> None:
    """Measures on the database that the service's settings name."""
    asyncio.run(measure_scan(CertificatesSettings()))
