"""The scan of validity: each notice once, whenever and however often the scheduler runs."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.certificates.certificate.standing import ChangeKind
from services.certificates.changes.annulment import annul_certificate
from services.certificates.changes.extension import extend_certificates
from services.certificates.changes.operations import take_measure
from services.certificates.changes.schemas import (
    AnnulmentRequest,
    ConfirmedExtensionRequest,
    MeasureKind,
    MeasureRequest,
)
from services.certificates.handlers import event_handlers
from services.certificates.scheduler import Duties, scheduler_jobs
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.scan import scan_due_notices
from shared.clock import SystemClock
from shared.db import Database, execute
from shared.events.base import event_class
from shared.job_states.set_aside import list_set_aside, request_retry
from shared.job_states.states import list_job_states
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, commanding, delivery, rows
from tests.clock import ManualClock
from tests.conditions import eventually

MEASURES: Mapping[str, MeasureKind] = {
    "suspended": ChangeKind.SUSPENDED,
    "reinstated": ChangeKind.REINSTATED,
    "withdrawn": ChangeKind.WITHDRAWN,
}
THRESHOLDS = (180, 90, 30, 7, 0)
NUMBER = "07.01000.00.00000001.29"
LEDGER = """
    SELECT c.number, n.threshold_days, n.due_on, n.noticed_on, n.reason
    FROM validity_notice n JOIN certificate c ON c.id = n.certificate_id
    ORDER BY c.number, n.due_on
"""


def due_days(
    ends_on: date, planned_from: date, thresholds: Sequence[int] = THRESHOLDS
) -> list[tuple[int, date]]:
    """By plain arithmetic: each threshold with the day on which it is due, the earliest first."""
    days = [
        (threshold, ends_on - timedelta(days=threshold) if threshold else ends_on + timedelta(1))
        for threshold in sorted(thresholds, reverse=True)
    ]
    return [(threshold, day) for threshold, day in days if day > planned_from]


async def _issue(consumer: Consumer, clock: ManualClock, term: str = "P3Y") -> None:
    await consumer.handle_record(delivery(approval(validity_term=term), clock.now()))


async def _ledger(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows(database, LEDGER)]


async def _published_notices(database: Database) -> list[tuple[str, Any]]:
    """The notices among the events, in the order in which they were recorded."""
    notices = []
    for row in await rows(database, "SELECT headers, payload, key FROM outbox ORDER BY id"):
        cls = event_class(row.headers["ce_type"])
        assert cls is not None
        event: Any = cls.model_validate_json(row.payload)
        assert event.key == row.key == row.headers["ce_subject"] == row.headers["ce_partitionkey"]
        kind = cls.TYPE.split(".")[2]
        if kind in {"renewal_due", "expired"}:
            notices.append((kind, getattr(event, "threshold_days", 0)))
    return notices


async def test_each_threshold_is_told_once_on_its_civil_day(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)  # valid through 2 March 2029
    clock.instant = datetime(2028, 8, 20, 9, 0, tzinfo=UTC)
    while clock.now().date() < date(2029, 3, 20):
        await scan_due_notices(database, clock, settings)
        clock.advance(hours=12)
    days = due_days(date(2029, 3, 2), date(2026, 3, 2))
    assert await _ledger(database) == [
        (NUMBER, threshold, day, day, None) for threshold, day in days
    ]
    assert await _published_notices(database) == [
        *(("renewal_due", threshold) for threshold in THRESHOLDS[:-1]),
        ("expired", 0),
    ]
    (row,) = await rows(database, "SELECT next_notice_on FROM certificate")
    assert row.next_notice_on is None


async def test_after_an_outage_people_hear_the_truth_once(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2029, 2, 10, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    assert await _published_notices(database) == [("renewal_due", 30)]
    assert [(row[1], row[4]) for row in await _ledger(database)] == [
        (180, "overtaken"),
        (90, "overtaken"),
        (30, None),
    ]
    clock.instant = datetime(2035, 1, 1, tzinfo=UTC)
    for _ in range(2):
        await scan_due_notices(database, clock, settings)
    assert await _published_notices(database) == [("renewal_due", 30), ("expired", 0)]
    assert [(row[1], row[4]) for row in await _ledger(database)][3:] == [
        (7, "overtaken"),
        (0, None),
    ]


async def test_a_notice_comes_at_the_civil_midnight(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2028, 9, 2, 20, 59, 59, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    assert await _ledger(database) == []
    clock.advance(seconds=1)  # midnight in Moscow
    await scan_due_notices(database, clock, settings)
    assert [row[1] for row in await _ledger(database)] == [180]


async def test_schedulers_at_once_after_skipped_days_leave_one_ledger(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    for _ in range(120):
        await _issue(consumer, clock)
    small = settings.model_copy(update={"scan_batch": 7})
    clock.instant = datetime(2028, 8, 1, 9, tzinfo=UTC)
    scanned_on: list[date] = []
    generator = random.Random(7)
    while clock.now().date() < date(2029, 4, 1):
        clock.advance(days=generator.choice((1, 1, 2, 40)))
        scanned_on.append(clock.now().date())
        await asyncio.gather(*(scan_due_notices(database, clock, small) for _ in range(3)))
    expected = []
    for threshold, day in due_days(date(2029, 3, 2), date(2026, 3, 2)):
        noticed_on = next(scan_day for scan_day in scanned_on if scan_day >= day)
        expected.append((threshold, day, noticed_on))
    nearest = {noticed_on: threshold for threshold, _, noticed_on in expected}
    ledger = await _ledger(database)
    assert len(ledger) == 120 * len(expected)
    assert {row[1:] for row in ledger} == {
        (threshold, day, noticed_on, None if nearest[noticed_on] == threshold else "overtaken")
        for threshold, day, noticed_on in expected
    }
    assert len(await _published_notices(database)) == 120 * len(nearest)


async def test_a_certificate_shorter_than_a_threshold_is_not_told_of_days_before_its_issue(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock, term="P20D")
    await scan_due_notices(database, clock, settings)
    assert await _published_notices(database) == []
    clock.advance(days=14)
    await scan_due_notices(database, clock, settings)
    assert await _published_notices(database) == [("renewal_due", 7)]


async def test_a_certificate_issued_behind_the_others_is_not_missed(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock, term="P2Y")
    clock.instant = datetime(2028, 2, 1, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    await _issue(consumer, clock, term="P1D")  # ends before the first one does
    clock.advance(days=2)
    await scan_due_notices(database, clock, settings)
    assert {row[0][-11:] for row in await _ledger(database)} == {"00000001.28", "00000002.28"}


async def test_a_threshold_added_to_the_settings_counts_from_today(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2028, 12, 10, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    added = settings.model_copy(update={"renewal_thresholds_days": (365, 90, 60), "scan_batch": 1})
    assert await Duties(database, clock, added).follow_plan() > 0
    assert await Duties(database, clock, added).follow_plan() == 0, "it is followed already"
    (row,) = await rows(database, "SELECT next_notice_on FROM certificate")
    assert row.next_notice_on == date(2029, 3, 2) - timedelta(days=60)
    while clock.now().date() < date(2029, 3, 20):
        await scan_due_notices(database, clock, added)
        clock.advance(days=1)
    assert await _published_notices(database) == [
        ("renewal_due", 90),
        ("renewal_due", 60),
        ("expired", 0),
    ]
    assert 365 not in {row[1] for row in await _ledger(database)}, "its day was long past"


async def test_a_change_of_the_plan_that_was_broken_off_is_resumed(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    for _ in range(5):
        await _issue(consumer, clock)
    added = settings.model_copy(update={"renewal_thresholds_days": (400, 180), "scan_batch": 2})
    guard = "EXECUTE FUNCTION refuse_fifth()"
    fifth = "07.01000.00.00000005.29"
    await _run(
        database,
        "CREATE FUNCTION refuse_fifth() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN IF NEW.number = '{fifth}' THEN RAISE 'broken off' USING ERRCODE = '53100'; "
        "END IF; RETURN NEW; END$$",
        f"CREATE TRIGGER refuse BEFORE UPDATE ON certificate FOR EACH ROW {guard}",
    )
    duties = Duties(database, clock, added)
    with pytest.raises(Exception, match="broken off"):
        await duties.follow_plan()
    await _run(database, "DROP TRIGGER refuse ON certificate", "DROP FUNCTION refuse_fifth")
    await duties.follow_plan()
    days = {row[0] for row in await rows(database, "SELECT next_notice_on FROM certificate")}
    assert days == {date(2029, 3, 2) - timedelta(days=400)}


async def _run(database: Database, *statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await execute(session, text(statement))


async def test_one_row_that_cannot_be_handled_holds_up_nobody(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    for _ in range(9):
        await _issue(consumer, clock)
    (guilty,) = await rows(database, f"SELECT id FROM certificate WHERE {FIRST}")
    await _run(
        database,
        "ALTER TABLE validity_notice ADD CONSTRAINT ck_guilty "
        f"CHECK (certificate_id <> '{guilty.id}')",
    )
    clock.instant = datetime(2028, 9, 5, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    ledger = await _ledger(database)
    assert len(ledger) == 8
    assert NUMBER not in {row[0] for row in ledger}
    async with database.transaction() as session:
        (set_aside_row,) = await list_set_aside(session, 10)
    assert (set_aside_row.job, set_aside_row.subject) == (NOTICES_JOB, str(guilty.id))
    assert "23514" in set_aside_row.reason
    clock.advance(hours=1)
    await scan_due_notices(database, clock, settings)  # tried again, and fails again
    async with database.transaction() as session:
        (set_aside_row,) = await list_set_aside(session, 10)
        assert set_aside_row.attempts == 2
        await request_retry(session, NOTICES_JOB, str(guilty.id), clock.now())
    await _run(database, "ALTER TABLE validity_notice DROP CONSTRAINT ck_guilty")
    await scan_due_notices(database, clock, settings)
    assert NUMBER in {row[0] for row in await _ledger(database)}
    async with database.transaction() as session:
        assert await list_set_aside(session, 10) == []


async def test_a_database_that_fails_sets_no_row_aside(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    clock.instant = datetime(2028, 9, 5, tzinfo=UTC)
    await _run(database, "ALTER TABLE outbox RENAME TO elsewhere")
    try:
        with pytest.raises(Exception, match="outbox"):
            await scan_due_notices(database, clock, settings)
    finally:
        await _run(database, "ALTER TABLE elsewhere RENAME TO outbox")
    async with database.transaction() as session:
        assert await list_set_aside(session, 10) == []


async def test_each_job_goes_on_while_another_fails_and_both_leave_their_state(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    clock.instant = datetime.now(UTC) - timedelta(days=365 * 5)
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    await _issue(consumer, clock, term="P1Y")
    frequent = settings.model_copy(update={"scan_interval_seconds": 0.1})
    await _run(database, "ALTER TABLE feed_head RENAME TO elsewhere")

    async def has_notices(count: int) -> bool:
        return len(await _published_notices(database)) >= count

    async def states() -> dict[str, Any]:
        async with database.transaction() as session:
            return {state.name: state for state in await list_job_states(session)}

    async def both_have_states() -> bool:
        known = await states()
        if not {"notices", "feed-seal"} <= known.keys():
            return False
        # A certificate may be issued between a round's scan and its count of what is left.
        return bool(known["notices"].last_success_at) and known["notices"].backlog == 0

    job = scheduler_jobs(database, SystemClock(), frequent)["schedule"]
    running = asyncio.ensure_future(job())
    try:
        await eventually(lambda: has_notices(1), "the scan at the start")
        await _issue(consumer, clock, term="P1Y")
        await eventually(lambda: has_notices(2), "a later scan")
        await eventually(both_have_states, "what operations see")
        known = await states()
        assert known["feed-seal"].failure
        assert known["feed-seal"].last_success_at is None
        assert known["notices"].failure is None
    finally:
        running.cancel()
        await _run(database, "ALTER TABLE elsewhere RENAME TO feed_head")
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("ending", ["annulled", "withdrawn", "superseded"])
async def test_a_certificate_that_ended_gets_no_notice(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    ending: str,
) -> None:
    await _issue(consumer, clock)
    await _end(consumer, database, settings, clock, ending)
    added = settings.model_copy(update={"renewal_thresholds_days": (400, 30)})
    await Duties(database, clock, added).follow_plan()
    (row,) = await rows(database, f"SELECT id, next_notice_on FROM certificate WHERE {FIRST}")
    assert row.next_notice_on is None
    clock.instant = datetime(2029, 3, 20, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    assert NUMBER not in {entry[0] for entry in await _ledger(database)}


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
            body = MeasureRequest.model_validate({**reason, "effective_on": context.today})
            await take_measure(context, row.id, MEASURES[ending], body)


async def test_an_extension_begins_a_new_generation_of_notices(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    for generation, day in ((1, "2028-09-03"), (2, "2028-10-04")):
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


async def test_a_clock_that_is_set_back_and_comes_again_tells_nothing_twice(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await _issue(consumer, clock)
    for day in ("2028-09-10", "2028-06-01", "2028-09-02", "2028-12-05", "2028-09-10", "2029-01-02"):
        clock.instant = datetime.fromisoformat(f"{day}T09:00:00+00:00")
        await scan_due_notices(database, clock, settings)
    assert await _published_notices(database) == [("renewal_due", 180), ("renewal_due", 90)]
    assert len(await _ledger(database)) == 2


async def test_a_withdrawal_to_come_ends_the_notices_and_a_suspension_does_not(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    for _ in range(2):
        await _issue(consumer, clock)
    first, second = await rows(database, "SELECT id FROM certificate ORDER BY number")
    iso_settings = settings.model_copy(update={"iso_measures": True})

    async def take(certificate_id: Any, kind: str, effective_on: str) -> None:
        measure = {
            "effective_on": effective_on,
            "reason": "Нарушены условия",
            "basis": "Решение совета № 7",
        }
        async with database.transaction() as session:
            context = commanding(session, clock, iso_settings)
            body = MeasureRequest.model_validate(measure)
            await take_measure(context, certificate_id, MEASURES[kind], body)

    await take(first.id, "withdrawn", "2028-12-31")
    await take(second.id, "suspended", "2026-03-02")
    clock.instant = datetime(2028, 9, 10, 9, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    await take(second.id, "reinstated", "2028-09-10")
    clock.instant = datetime(2028, 12, 5, 9, tzinfo=UTC)
    await scan_due_notices(database, clock, settings)
    assert [row[:2] for row in await _ledger(database)] == [
        ("07.01000.00.00000002.29", 180),
        ("07.01000.00.00000002.29", 90),
    ]
