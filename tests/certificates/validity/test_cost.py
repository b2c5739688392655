"""The scheduler reads what is due, and nothing else: at its start, in an empty round, in a scan."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import scan
from services.certificates.validity.gauges import NOTICES_JOB
from shared.db import Database, execute
from shared.job_states.set_aside import set_row_aside
from tests.certificates.approvals import rows
from tests.certificates.loads import (
    counted_connections,
    load_certificates,
    load_sealed_feed,
)
from tests.clock import ManualClock

CERTIFICATES = 5000
ISSUED_ON = date(2026, 3, 2)
LAST_DAY = date(2029, 3, 2)
WATCHED_TABLES = ("certificate", "validity_notice_2028", "feed_entry")


async def _count_rows_read(database: Database, table: str) -> tuple[int, int]:
    """How many scans of a whole table there were, and how many of its rows were fetched."""
    query = """
        SELECT seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
        FROM pg_stat_user_tables WHERE relname = :table
    """
    (row,) = await rows(database, query, table=table)
    return row[0], row[1]


async def _measure_reads(
    settings: CertificatesSettings, clock: ManualClock, watcher: Database, run: Any
) -> dict[str, tuple[int, int]]:
    """What `run` read of the watched tables."""
    before = {table: await _count_rows_read(watcher, table) for table in WATCHED_TABLES}
    async with counted_connections(settings) as database:
        await run(Duties(database, clock, settings))
    after = {table: await _count_rows_read(watcher, table) for table in WATCHED_TABLES}
    return {
        table: (after[table][0] - before[table][0], after[table][1] - before[table][1])
        for table in WATCHED_TABLES
    }


DUTIES: list[Callable[[Duties], Awaitable[object]]] = [
    Duties.record_notices,
    Duties.count_due_notices,
    Duties.follow_plan,
    Duties.give_windows,
    Duties.count_window_tasks,
    Duties.load_feed,
    Duties.erase_statement_names,
    Duties.seal_feed,
]


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.__name__)
async def test_a_round_with_nothing_due_reads_no_certificate(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    duty: Callable[[Duties], Awaitable[object]],
) -> None:
    async with counted_connections(settings) as loader:
        await load_certificates(loader, [LAST_DAY] * CERTIFICATES, ISSUED_ON)
        await load_sealed_feed(loader, clock.now().date() - timedelta(days=1))
    reads = await _measure_reads(settings, clock, database, duty)
    assert reads == dict.fromkeys(WATCHED_TABLES, (0, 0))


async def test_a_scan_reads_what_is_due_and_no_table_as_a_whole(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    soon = LAST_DAY - timedelta(days=10)
    async with counted_connections(settings) as loader:
        await load_certificates(loader, [soon] * 50 + [LAST_DAY] * CERTIFICATES, ISSUED_ON)
    clock.instant = datetime(2028, 8, 25, 9, tzinfo=UTC)
    reads = await _measure_reads(settings, clock, database, Duties.record_notices)
    seq_scans, row_count = reads["certificate"]
    assert seq_scans == 0
    # Each is found, updated, and looked at by the ledger's key to it.
    assert 50 <= row_count <= 50 * 6


async def test_a_first_load_reads_what_is_in_its_backlog(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY] * CERTIFICATES, ISSUED_ON)
    async with database.transaction() as session:
        add = "INSERT INTO feed_backlog (certificate_id) SELECT id FROM certificate LIMIT 50"
        await execute(session, text(add))
        mark = """
            UPDATE certificate SET in_feed = false FROM feed_backlog
            WHERE certificate.id = certificate_id
        """
        await execute(session, text(mark))
    reads = await _measure_reads(settings, clock, database, Duties.load_feed)
    assert reads["certificate"] == (0, 50), "each once, and no other"
    assert reads["feed_entry"][0] == 0


async def test_a_thousand_rows_set_aside_in_front_cost_a_look_each(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    early = LAST_DAY - timedelta(days=20)
    await load_certificates(database, [early] * 1000 + [LAST_DAY] * 3000, ISSUED_ON)
    clock.instant = datetime(2028, 9, 5, 9, tzinfo=UTC)
    async with database.transaction() as session:
        for row in await rows(database, "SELECT id FROM certificate WHERE ends_on < '2029-03-02'"):
            later = clock.now() + timedelta(days=1)
            await set_row_aside(session, NOTICES_JOB, str(row.id), "23514", later)
    small = settings.model_copy(update={"scan_batch": 500})
    clock.instant += timedelta(minutes=1)
    async with database.transaction() as session:
        plan = await execute(
            session,
            text(f"EXPLAIN {scan.BATCH_STATEMENT}"),
            {
                **dict.fromkeys(("today",), clock.now().date()),
                **dict.fromkeys(("topic", "job", "explanation_url"), "notices"),
                **dict.fromkeys(("renewal_headers", "expired_headers"), "{}"),
                "now": clock.now(),
                "limit": 500,
            },
        )
        lines = [row[0] for row in plan]
    assert any("hashed SubPlan" in line for line in lines), "one look into a hash for each row"
    assert await scan.scan_due_notices(database, clock, small) == 3000
