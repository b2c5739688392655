"""Windows cost what gets one, and what has changed: whatever else there is."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.schemas import AnnulmentRequest
from services.certificates.renewal import pull_forward
from services.certificates.renewal.schemas import PullForwardRequest
from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from tests.certificates.approvals import QUALIFICATION, commanding, rows
from tests.certificates.loads import counted_connections, load_certificates
from tests.certificates.renewal.cohorts import ISSUED_ON, at_noon, declare, give_windows
from tests.clock import ManualClock

END = date(2028, 9, 1)
TODAY = END - timedelta(days=210)
FAR_END = date(2031, 1, 1)
COHORT = 60
EVERYTHING = (2000, 6000)
"""How many certificates there are besides; the cost must not follow."""


async def _count_rows_read(database: Database) -> tuple[int, int]:
    query = """
        SELECT sum(seq_scan), sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
        FROM pg_stat_user_tables WHERE relname IN ('certificate', 'renewal_window')
    """
    (row,) = await rows(database, query)
    return int(row[0]), int(row[1])


async def _measure(settings: CertificatesSettings, watcher: Database, run: Any) -> tuple[int, int]:
    """Whole tables and rows that `run` read."""
    before = await _count_rows_read(watcher)
    async with counted_connections(settings) as database:
        await run(database)
    after = await _count_rows_read(watcher)
    return after[0] - before[0], after[1] - before[1]


async def _load(
    settings: CertificatesSettings, clock: ManualClock, everything: int, given_on: date
) -> None:
    """A cohort beside much that ends later and has windows; the job has run on a day."""
    async with counted_connections(settings) as database:
        await _load_certificates(database, everything)
        clock.instant = at_noon(given_on)
        await give_windows(database, settings, clock)


async def _load_certificates(database: Database, everything: int) -> None:
    await load_certificates(database, [END] * COHORT + [FAR_END] * everything, ISSUED_ON)
    statement = """
        INSERT INTO renewal_window (certificate_id, generation, qualification_id, starts_on,
                                    ends_on, slot_on)
        SELECT id, 0, qualification_id, ends_on - 60, ends_on - 54, ends_on - 54
        FROM certificate WHERE ends_on = :far_end
    """
    async with database.transaction() as session:
        await execute(session, text(statement), {"far_end": FAR_END})
        await execute(session, text("ANALYZE renewal_window"))
    await declare(database, 10)


@pytest.mark.parametrize("everything", EVERYTHING)
async def test_a_day_reads_its_cohort(
    database: Database, settings: CertificatesSettings, clock: ManualClock, everything: int
) -> None:
    await _load(settings, clock, everything, TODAY - timedelta(days=1))
    clock.instant = at_noon(TODAY)

    async def give(own_database: Database) -> None:
        await Duties(own_database, clock, settings).give_windows()

    seq_scans, row_count = await _measure(settings, database, give)
    assert seq_scans == 0
    assert COHORT <= row_count <= COHORT * 6
    assert await _measure(settings, database, give) == (0, 0)


@pytest.mark.parametrize("everything", EVERYTHING)
async def test_a_change_reads_its_certificate(
    database: Database, settings: CertificatesSettings, clock: ManualClock, everything: int
) -> None:
    await _load(settings, clock, everything, TODAY)

    async def annul_and_settle(own_database: Database) -> None:
        query = "SELECT id FROM certificate WHERE number = 'load-1'"
        (row,) = await rows(own_database, query)
        async with own_database.transaction() as session:
            body = AnnulmentRequest(reason="Выдано по ошибке совета", basis="Протокол 5")
            await annul_certificate(commanding(session, clock, settings), row.id, body)
        await Duties(own_database, clock, settings).give_windows()

    seq_scans, row_count = await _measure(settings, database, annul_and_settle)
    assert seq_scans == 0
    assert row_count <= 30


@pytest.mark.parametrize("everything", EVERYTHING)
async def test_a_councils_act_reads_its_cohort(
    database: Database, settings: CertificatesSettings, clock: ManualClock, everything: int
) -> None:
    await _load(settings, clock, everything, TODAY)
    body = PullForwardRequest(
        qualification_id=QUALIFICATION.id,
        ends_from=END,
        ends_to=END,
        count=COHORT,
        starts_on=TODAY,
        window_ends_on=TODAY + timedelta(days=20),
        reason="Центры закрываются на ремонт",
        explanation_url="https://council.example/why",
    )

    async def pull(own_database: Database) -> None:
        async with own_database.transaction() as session:
            context = commanding(session, clock, settings)
            await pull_forward.pull_windows_forward(context, QUALIFICATION.council, body)

    seq_scans, row_count = await _measure(settings, database, pull)
    assert seq_scans == 0
    assert row_count <= COHORT * 8
