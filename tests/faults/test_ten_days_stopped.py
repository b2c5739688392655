"""No scheduler for ten days over 100,000 certificates: the alert fires, and the ledger comes right.

The days pass by a clock of the test; Prometheus, the schedulers and their deaths are real.
"""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from services.certificates.main import create
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import rows
from tests.certificates.loads import load_certificates
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.killable_processes import KillableProcesses
from tests.faults.notice_arithmetic import compute_ledger
from tests.faults.notice_ledgers import assert_ledger, kill_at_progress
from tests.metrics.prometheus import (
    PROGRAMS,
    query_labels,
    running_prometheus,
    wait_until,
    write_rules,
)
from tests.ports import reserve_ports
from tests.serving import listening

CERTIFICATES = 100_000
FIRST_DAY = date(2027, 2, 20)
LAST_DAY = FIRST_DAY + timedelta(days=10)
LATE = 'ALERTS{alertname="NoticesLate",alertstate="firing"}'


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url), metrics_cache_seconds=0)


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """A database of its own."""
    async with databases.fresh(_settings) as fresh:
        yield fresh


def _set_noon(clock: ManualClock, clock_file: Path, day: date) -> None:
    """Sets the clock of this process and that of the schedulers."""
    clock.instant = datetime.combine(day, time(12), UTC)
    clock_file.write_text(clock.instant.isoformat())


@contextmanager
def _prometheus_over(address: str, folder: Path) -> Iterator[str]:
    """Prometheus with the project's rules, which scrapes the service once a second."""
    write_rules(folder)
    (folder / "token").write_text(tokens.token(Scope.OPERATE))
    job = {
        "job_name": "attesta-services",
        "honor_labels": True,
        "authorization": {"credentials_file": "token"},
        "static_configs": [
            {
                "targets": [address.removeprefix("http://")],
                "labels": {"service": "certificates", "process": "http"},
            }
        ],
    }
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [job],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    with running_prometheus(folder, reserve_ports().gateway) as prometheus:
        yield prometheus


async def _wait_until_nothing_is_due(database: Database, day: date) -> None:
    async def is_over() -> bool:
        query = "SELECT 1 FROM certificate WHERE next_notice_on <= :day LIMIT 1"
        return await rows(database, query, day=day) == []

    await eventually(is_over, "nothing is due any more", 120)


@pytest.mark.skipif(PROGRAMS["prometheus"] is None, reason="Prometheus is missing")
async def test_ten_days_without_a_scheduler_page_and_leave_the_ledger_of_plain_arithmetic(
    settings: CertificatesSettings, tmp_path: Path
) -> None:
    database, chance = Database.connect(settings), random.Random(12)
    clock, clock_file = ManualClock(), tmp_path / "clock"
    planned_from = FIRST_DAY - timedelta(days=1)
    ends = [FIRST_DAY + timedelta(days=chance.randrange(1100)) for _ in range(CERTIFICATES)]
    await load_certificates(database, ends, planned_from)
    _set_noon(clock, clock_file, FIRST_DAY)
    variables = {
        "TEST_CLOCK": str(clock_file),
        "ATTESTA_CERTIFICATES_SCAN_BATCH": "10",
        "ATTESTA_CERTIFICATES_SCAN_INTERVAL_SECONDS": "1",
    }
    program = "tests.faults.clocked_scheduler"
    with (
        listening(create(settings, clock)) as address,
        _prometheus_over(address, tmp_path) as prometheus,
    ):
        scheduler = KillableProcesses(program, 1, settings, tmp_path, variables)
        try:
            await _wait_until_nothing_is_due(database, FIRST_DAY)
        finally:
            scheduler.close()
        wait_until(
            lambda: bool(query_labels(prometheus, "attesta_notice_oldest_due_seconds == 0")),
            lambda: "a scrape",
        )
        wait_until(
            lambda: query_labels(prometheus, LATE) == [], lambda: "the end of the first day's alert"
        )
        for day_number in range(1, 11):
            _set_noon(clock, clock_file, FIRST_DAY + timedelta(days=day_number))
        wait_until(lambda: bool(query_labels(prometheus, LATE)), lambda: "NoticesLate to fire")
        ledger_before = compute_ledger(ends, planned_from, [FIRST_DAY])
        await assert_ledger(database, ledger_before)
        expected_ledger = compute_ledger(ends, planned_from, [FIRST_DAY, LAST_DAY])
        sizes = [
            len(ledger_before) + n * (len(expected_ledger) - len(ledger_before)) // 10
            for n in range(1, 6)
        ]
        schedulers = KillableProcesses(program, 2, settings, tmp_path, variables)
        try:
            await kill_at_progress(database, schedulers, sizes, chance)
            await _wait_until_nothing_is_due(database, LAST_DAY)
        finally:
            schedulers.close()
        wait_until(
            lambda: query_labels(prometheus, LATE) == [], lambda: "NoticesLate to be resolved"
        )
    await assert_ledger(database, expected_ledger)
    reasons = [reason for _, reason in expected_ledger.values()]
    assert reasons.count("overtaken") > 100
    assert reasons.count(None) > 4000
    await database.close()
