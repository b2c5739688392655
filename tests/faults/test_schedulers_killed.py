"""Two schedulers that are killed at random: the ledger says what plain arithmetic says."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.certificates.settings import CertificatesSettings
from shared.clock import civil_date
from shared.db import Database
from tests.certificates.approvals import rows
from tests.certificates.loads import load_certificates
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.killable_processes import KillableProcesses
from tests.faults.notice_arithmetic import compute_ledger, list_due_days
from tests.faults.notice_ledgers import assert_ledger, kill_at_progress

CERTIFICATES = 4000
SCHEDULERS = 2


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url))


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """A database of its own."""
    async with databases.fresh(_settings) as fresh:
        yield fresh


def _choose_ends(today: date, chance: random.Random) -> list[date]:
    """Ends without a notice tomorrow: the test may see midnight."""
    tomorrow = today + timedelta(days=1)
    ends: list[date] = []
    while len(ends) < CERTIFICATES:
        end = today + timedelta(days=chance.randrange(-20, 190))
        if tomorrow not in list_due_days(end).values():
            ends.append(end)
    return ends


async def test_the_ledger_of_killed_schedulers_is_that_of_plain_arithmetic(
    settings: CertificatesSettings, tmp_path: Path
) -> None:
    database, chance = Database.connect(settings), random.Random(11)
    today = civil_date(datetime.now(UTC), settings.time_zone)
    planned_from = today - timedelta(days=100)
    ends = _choose_ends(today, chance)
    await load_certificates(database, ends, planned_from)
    schedulers = KillableProcesses(
        "services.certificates.scheduler",
        SCHEDULERS,
        settings,
        tmp_path,
        {
            "ATTESTA_CERTIFICATES_SCAN_BATCH": "20",
            "ATTESTA_CERTIFICATES_SCAN_INTERVAL_SECONDS": "1",
        },
    )
    try:
        sizes = [number * CERTIFICATES // 10 for number in range(1, 7)]
        await kill_at_progress(database, schedulers, sizes, chance)

        async def is_over() -> bool:
            query = "SELECT 1 FROM certificate WHERE next_notice_on <= :today LIMIT 1"
            return await rows(database, query, today=today) == []

        await eventually(is_over, "nothing is due any more", 120)
    finally:
        schedulers.close()
    await assert_ledger(database, compute_ledger(ends, planned_from, [today]))
    await _assert_next_notices(database, today, planned_from)
    await database.close()


async def _assert_next_notices(database: Database, today: date, planned_from: date) -> None:
    """Each certificate waits for the first day of its plan that has not come."""
    days_by_end: dict[date, set[date | None]] = defaultdict(set)
    for row in await rows(database, "SELECT ends_on, next_notice_on FROM certificate"):
        days_by_end[row.ends_on].add(row.next_notice_on)
    for end, days in days_by_end.items():
        later = [day for day in list_due_days(end).values() if day > max(today, planned_from)]
        assert days == {min(later, default=None)}, end
