"""The scan of validity: each notice once, whenever and however often the scheduler runs."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.certificates import scheduler
from services.certificates.changes.extension import extend_certificates
from services.certificates.changes.operations import annul_certificate, take_measure
from services.certificates.changes.schemas import (
    AnnulmentRequest,
    ConfirmedExtensionRequest,
    MeasureRequest,
)
from services.certificates.issuance.handlers import event_handlers
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.operations import record_due_notices
from shared.db import Database, execute
from shared.events.base import event_class
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.clock import ManualClock
from tests.conditions import eventually

LEDGER = """
    SELECT c.number, n.kind, n.threshold_days, n.noticed_on
    FROM validity_notice n JOIN certificate c ON c.id = n.certificate_id
    ORDER BY c.number, n.noticed_on, n.threshold_days DESC
"""


async def _issue(consumer: Consumer, clock: ManualClock, term: str = "P3Y") -> None:
    await consumer.handle_record(delivery(approval(validity_term=term), clock.now()))


async def _ledger(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows(database, LEDGER)]


async def _recorded_notices(database: Database) -> list[tuple[str, Any]]:
    """The notices among the events, in the order in which they were recorded."""
    notice_events = []
    for row in await rows(database, "SELECT headers, payload FROM outbox ORDER BY id"):
        cls = event_class(row.headers["ce_type"])
        assert cls is not None
        event: Any = cls.model_validate_json(row.payload)
        kind = cls.TYPE.split(".")[2]
        if kind != "issued":
            notice_events.append((kind, getattr(event, "threshold_days", 0)))
    return notice_events


async def test_each_threshold_is_told_once_on_its_civil_day(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)  # valid through 2 March 2029
    clock.instant = datetime(2028, 11, 1, 9, 0, tzinfo=UTC)
    while clock.now().date() < date(2029, 3, 20):
        await scheduler.scan_due_notices(database, clock, settings)
        clock.advance(hours=12)
    number = "07.01000.00.00000001.29"
    assert await _ledger(database) == [
        (number, "renewal_due", 90, date(2028, 12, 2)),
        (number, "renewal_due", 30, date(2029, 1, 31)),
        (number, "renewal_due", 7, date(2029, 2, 23)),
        (number, "expired", 0, date(2029, 3, 3)),
    ]
    assert await _recorded_notices(database) == [
        ("renewal_due", 90),
        ("renewal_due", 30),
        ("renewal_due", 7),
        ("expired", 0),
    ]
    (row,) = await rows(database, "SELECT next_notice_on FROM certificate")
    assert row.next_notice_on is None


async def test_a_late_scan_gives_the_same_notices_as_daily_ones(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2035, 1, 1, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, settings)
    assert await _recorded_notices(database) == [
        ("renewal_due", 90),
        ("renewal_due", 30),
        ("renewal_due", 7),
        ("expired", 0),
    ]
    await scheduler.scan_due_notices(database, clock, settings)
    assert len(await _ledger(database)) == 4


async def test_a_notice_comes_at_the_civil_midnight(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2028, 12, 1, 20, 59, 59, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, settings)
    assert await _ledger(database) == []
    clock.advance(seconds=1)  # midnight in Moscow
    await scheduler.scan_due_notices(database, clock, settings)
    assert [row[1:3] for row in await _ledger(database)] == [("renewal_due", 90)]


async def test_two_schedulers_at_once_leave_one_ledger(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    for _ in range(120):
        await _issue(consumer, clock)
    clock.instant = datetime(2029, 2, 10, tzinfo=UTC)
    small = settings.model_copy(update={"scan_batch": 7})
    visited = await asyncio.gather(
        *(scheduler.scan_due_notices(database, clock, small) for _ in range(3))
    )
    assert sum(visited) == 120
    ledger = await _ledger(database)
    assert len(ledger) == len(set(ledger)) == 240
    assert len(await _recorded_notices(database)) == 240


async def test_a_certificate_shorter_than_a_threshold_is_told_at_once(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock, term="P20D")
    await scheduler.scan_due_notices(database, clock, settings)
    assert await _recorded_notices(database) == [("renewal_due", 90), ("renewal_due", 30)]


async def test_a_certificate_issued_behind_the_others_is_not_missed(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock, term="P2Y")
    clock.instant = datetime(2028, 2, 1, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, settings)
    await _issue(consumer, clock, term="P1D")  # ends before the first one does
    await scheduler.scan_due_notices(database, clock, settings)
    assert {row[0][-11:] for row in await _ledger(database)} == {"00000001.28", "00000002.28"}


async def test_changed_thresholds_take_effect_when_the_scheduler_starts(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2028, 12, 10, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, settings)
    other_settings = settings.model_copy(update={"renewal_thresholds_days": (60, 14)})
    await scheduler.reschedule_all_notices(database, clock, other_settings)
    (row,) = await rows(database, "SELECT next_notice_on FROM certificate")
    assert row.next_notice_on == date(2029, 3, 2) - timedelta(days=60)
    clock.instant = datetime(2029, 3, 10, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, other_settings)
    assert await _recorded_notices(database) == [
        ("renewal_due", 90),
        ("renewal_due", 60),
        ("renewal_due", 14),
        ("expired", 0),
    ]


async def test_a_scan_broken_off_half_way_goes_on_where_it_was(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        await _issue(consumer, clock)
    clock.instant = datetime(2029, 2, 1, tzinfo=UTC)
    small = settings.model_copy(update={"scan_batch": 2})
    calls = 0

    async def breaking(context: CertificatesContext) -> int:
        nonlocal calls
        calls += 1
        visited = await record_due_notices(context)
        if calls == 2:
            raise ConnectionError("after the writes, before the commit")
        return visited

    monkeypatch.setattr(scheduler, "record_due_notices", breaking)
    with pytest.raises(ConnectionError):
        await scheduler.scan_due_notices(database, clock, small)
    assert len({row[0] for row in await _ledger(database)}) == 2
    await scheduler.scan_due_notices(database, clock, small)
    ledger = await _ledger(database)
    assert len(ledger) == len(set(ledger)) == 10


async def test_the_scheduler_scans_at_its_start_and_at_its_interval(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    clock.instant = datetime.now(UTC) - timedelta(days=365 * 5)
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    await _issue(consumer, clock, term="P1Y")
    frequent = settings.model_copy(update={"scan_interval_seconds": 0.1})

    class Now:
        def now(self) -> datetime:
            return datetime.now(UTC)

    async def notices(count: int) -> bool:
        return len(await _ledger(database)) >= count

    job = scheduler.scheduler_jobs(database, Now(), frequent)["scan"]
    running = asyncio.ensure_future(job())
    try:
        await eventually(lambda: notices(4), "the scan at the start")
        await _issue(consumer, clock, term="P1Y")
        await eventually(lambda: notices(8), "a later scan")
    finally:
        running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("ending", ["annulled", "withdrawn", "superseded"])
async def test_a_certificate_that_ended_gets_no_notice_though_all_are_rescheduled(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    ending: str,
) -> None:
    await _issue(consumer, clock)
    await _end(consumer, database, settings, clock, ending)
    await scheduler.reschedule_all_notices(database, clock, settings)
    (row,) = await rows(database, f"SELECT id, next_notice_on FROM certificate WHERE {FIRST}")
    assert row.next_notice_on is None
    async with database.transaction() as session:  # as an earlier reschedule might have left it
        wrong = text("UPDATE certificate SET next_notice_on = '2026-03-03'")
        await execute(session, wrong)
    clock.instant = datetime(2029, 3, 20, tzinfo=UTC)
    await scheduler.scan_due_notices(database, clock, settings)
    (row,) = await rows(database, f"SELECT id, next_notice_on FROM certificate WHERE {FIRST}")
    assert row.next_notice_on is None
    assert "07.01000.00.00000001.29" not in {entry[0] for entry in await _ledger(database)}


FIRST = "number = '07.01000.00.00000001.29'"


async def _end(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    ending: str,
) -> None:
    """Annuls, withdraws or supersedes the first certificate."""
    if ending == "superseded":
        event = approval().model_copy(update={"recertifies": "07.01000.00.00000001.29"})
        await consumer.handle_record(delivery(event, clock.now()))
        return
    (row,) = await rows(database, f"SELECT id FROM certificate WHERE {FIRST}")
    reason = {"reason": "Выдано не тому человеку", "basis": "Решение совета № 7"}
    iso_settings = settings.model_copy(update={"iso_measures": True})
    async with database.transaction() as session:
        context = commanding(session, clock, iso_settings)
        if ending == "annulled":
            await annul_certificate(context, row.id, AnnulmentRequest(**reason))
        else:
            measure = {**reason, "kind": ending, "effective_on": context.today}
            await take_measure(context, row.id, MeasureRequest.model_validate(measure))


async def test_an_extension_begins_a_new_generation_of_notices(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    for generation, day in ((1, "2028-12-02"), (2, "2029-01-02")):
        body = ConfirmedExtensionRequest(
            ends_from=date(2029, 1, 1),
            ends_to=date(2029, 12, 31),
            extended_by="P1M" if generation == 2 else "P1D",
            reason="Экзамены не проводились",
            basis="Решение агентства",
            count=1,
        )
        async with database.transaction() as session:
            await extend_certificates(commanding(session, clock, settings), body)
        (row,) = await rows(database, "SELECT generation, next_notice_on FROM certificate")
        assert row.generation == generation
        assert row.next_notice_on == date.fromisoformat(day) + timedelta(days=1)
