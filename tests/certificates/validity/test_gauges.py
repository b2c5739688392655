"""Notices, the feed and the scheduler's jobs as monitoring sees them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import event, text

from services.certificates import main
from services.certificates.registry import feed
from services.certificates.scheduler import scheduler_jobs
from services.certificates.sender import sender_jobs
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.scan import record_due_notices, scan_due_notices
from services.certificates.worker import worker_jobs
from shared.clock import SystemClock
from shared.db import Database, execute
from shared.duties import ProcessDuties
from shared.job_states.duty_reports import report_duties
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.set_aside import set_row_aside
from shared.job_states.states import list_job_states
from shared.jobs import WorkerJob
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.scrapes import Scrape, scrape
from tests.serving import serving

DUE = "attesta_notices_due"
OLDEST = "attesta_notice_oldest_due_seconds"
WAITING = "attesta_job_oldest_waiting_seconds"
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
async def monitoring(
    settings: CertificatesSettings, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The service, whose gauges are read anew at each scrape."""
    fresh = settings.model_copy(update={"metrics_cache_seconds": 0})
    async with serving(main.create(fresh, clock)) as client:
        yield client


def _count_notices(answer: Scrape, kind: str, reason: str) -> float:
    return answer.value("attesta_notices_total", kind=kind, reason=reason)


async def test_a_due_notice_is_told_with_its_age_until_the_scan_records_it(
    issued_certificate: None,
    monitoring: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    answer = await scrape(monitoring)
    assert (answer.value(DUE), answer.value(OLDEST)) == (0, 0)
    # valid through 2 March 2029: due 180 days before, on 3 September 2028, from its midnight
    clock.instant = datetime(2028, 9, 2, 23, 59, 59, tzinfo=MOSCOW).astimezone(UTC)
    assert (await scrape(monitoring)).value(DUE) == 0
    clock.instant = datetime(2028, 9, 3, 7, 0, tzinfo=MOSCOW).astimezone(UTC)
    before = await scrape(monitoring)
    assert (before.value(DUE), before.value(OLDEST)) == (1, 7 * 3600)
    await scan_due_notices(database, clock, settings)
    after = await scrape(monitoring)
    assert (after.value(DUE), after.value(OLDEST)) == (0, 0)
    kind = "renewal_due"
    assert _count_notices(after, kind, "published") - _count_notices(before, kind, "published") == 1
    for bucket, more in (("21600.0", 0), ("43200.0", 1)):
        name = "attesta_notice_lag_seconds_bucket"
        assert after.value(name, le=bucket) - before.value(name, le=bucket) == more


async def test_notices_that_were_overtaken_are_counted_apart(
    issued_certificate: None,
    monitoring: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    before = await scrape(monitoring)
    assert {("renewal_due", "published"), ("expired", "overtaken")} <= {
        (dict(labels)["kind"], dict(labels)["reason"])
        for name, labels in before.samples
        if name == "attesta_notices_total"
    }, "zeros are there from the beginning"
    clock.instant = datetime(2029, 3, 10, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    after = await scrape(monitoring)
    growth = {
        (kind, reason): _count_notices(after, kind, reason) - _count_notices(before, kind, reason)
        for kind in ("renewal_due", "expired")
        for reason in ("published", "overtaken")
    }
    assert growth == {
        ("renewal_due", "published"): 0,
        ("renewal_due", "overtaken"): 4,
        ("expired", "published"): 1,
        ("expired", "overtaken"): 0,
    }


async def test_a_scan_that_is_rolled_back_counts_nothing(
    issued_certificate: None,
    monitoring: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    clock.instant = datetime(2028, 9, 5, tzinfo=UTC)
    before = await scrape(monitoring)

    async def scan_in_vain() -> None:
        async with database.transaction() as session:
            assert await record_due_notices(commanding(session, clock, settings), 10) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await scan_in_vain()
    after = await scrape(monitoring)
    assert after.value(DUE) == 1
    for name in ("attesta_notices_total", "attesta_notice_lag_seconds_count"):
        series = {key for key in after.samples if key[0] == name}
        assert {key: after.samples[key] for key in series} == {
            key: before.samples[key] for key in series
        }


async def test_a_row_set_aside_is_a_ticket_and_makes_no_notice_late(
    issued_certificate: None,
    monitoring: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
) -> None:
    clock.instant = datetime(2028, 9, 5, tzinfo=UTC)
    (certificate,) = await rows(database, "SELECT id FROM certificate")
    async with database.transaction() as session:
        await set_row_aside(session, NOTICES_JOB, str(certificate.id), "x", clock.now())
    answer = await scrape(monitoring)
    assert (answer.value(DUE), answer.value(OLDEST)) == (0, 0)
    assert answer.value("attesta_set_aside_rows", job=NOTICES_JOB) == 1


async def test_entries_of_the_feed_count_until_they_have_positions(
    consumer: Consumer,
    monitoring: httpx.AsyncClient,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
) -> None:
    await consumer.handle_record(delivery(approval(), clock.now()))
    assert (await scrape(monitoring)).value("attesta_feed_unsequenced") == 1
    clock.instant += timedelta(minutes=20)
    assert (await scrape(monitoring)).value(WAITING, job="feed") == 20 * 60
    jobs = (await monitoring.get("/ops/status")).json()["jobs"]
    ages = {job["name"]: job["oldest_waiting_seconds"] for job in jobs}
    assert (ages["feed"], ages["enrolment-jobs"], ages["consumer"]) == (20 * 60, 0, None)
    await feed.sequence_entries(database, clock, settings)
    answer = await scrape(monitoring)
    assert (answer.value("attesta_feed_unsequenced"), answer.value(WAITING, job="feed")) == (0, 0)


async def test_all_jobs_of_scheduler_worker_and_sender_are_watched_and_no_others(
    monitoring: httpx.AsyncClient, database: Database, settings: CertificatesSettings
) -> None:
    watched = set(main.SCHEDULED_JOBS)
    tried = watched - {"consumer", "consumer-lag"}
    success = "attesta_job_last_success_timestamp_seconds"

    async def list_names() -> set[str]:
        async with database.read_only_transaction() as session:
            return {state.name for state in await list_job_states(session)}

    async def have_all_succeeded() -> bool:
        answer = await scrape(monitoring)
        return all(answer.value(success, job=job) > 0 for job in tried)

    clock = SystemClock()
    duties = ProcessDuties()

    async def perform(name: str, job: WorkerJob) -> None:
        with duties.perform(name):
            await job()

    jobs = [
        *scheduler_jobs(database, clock, settings).items(),
        *worker_jobs(database, clock, settings).items(),
        *sender_jobs(database, clock, settings).items(),
    ]
    running = asyncio.gather(
        report_duties(database, duties, clock), *(perform(name, job) for name, job in jobs)
    )
    try:
        await eventually(have_all_succeeded, "a round of each job")
        assert await list_names() == tried
        answer = await scrape(monitoring)
        assert answer.label_values(success, "job") == watched | UPKEEP_INTERVALS.keys()
        assert answer.value("attesta_job_interval_seconds", job=NOTICES_JOB) == 300
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_scrape_costs_a_bounded_number_of_statements_each_over_an_index(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    app = main.create(settings, clock)
    questions: list[tuple[str, Any]] = []

    @event.listens_for(
        app.state.resources.operators_database.engine.sync_engine, "before_cursor_execute"
    )
    def _note_question(*arguments: Any) -> None:
        questions.append((arguments[2], arguments[3]))

    async with serving(app) as client:
        await scrape(client)
    questions = [
        (statement, parameters)
        for statement, parameters in questions
        if statement.startswith("SELECT") and "set_config" not in statement
    ]
    assert len(questions) == 19
    async with database.transaction() as session:
        await execute(session, text("SET LOCAL enable_seqscan = off"))
        connection = await session.connection()
        for statement, parameters in questions:
            plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            lines = "\n".join(row[0] for row in plan)
            assert "Seq Scan" not in lines, f"{statement}\n{lines}"
