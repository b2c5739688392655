"""Plans of councils: what is added and removed reaches certificates that were issued before."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.certificates.scheduler import Duties
from services.certificates.settings import CertificatesSettings
from services.certificates.validity.scan import scan_due_notices
from shared.db import Database, execute
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import rows
from tests.certificates.loads import load_certificates
from tests.certificates.validity.council_plans import tell_plan
from tests.clock import ManualClock

ISSUED_ON = date(2026, 3, 2)
LAST_DAY = date(2029, 3, 2)
LATER = datetime(2028, 6, 1, 9, tzinfo=UTC)
LEDGER = """
    SELECT number, threshold_days, noticed_on, reason FROM validity_notice
    JOIN certificate ON id = certificate_id ORDER BY number, due_on
"""


async def _list_next_days(database: Database) -> list[date]:
    query = "SELECT DISTINCT next_notice_on FROM certificate ORDER BY next_notice_on"
    return [row[0] for row in await rows(database, query)]


def _before_end(days: int) -> date:
    return LAST_DAY - timedelta(days=days)


async def _scan_until(
    database: Database, settings: CertificatesSettings, clock: ManualClock, last_day: date
) -> None:
    while clock.now().date() < last_day:
        clock.advance(days=1)
        await scan_due_notices(database, clock, settings)


async def test_what_a_council_adds_and_removes_counts_for_certificates_issued_before(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY] * 3, ISSUED_ON)
    clock.instant, duties = LATER, Duties(database, clock, settings)
    await tell_plan(consumer, clock, 1, [250, 90, 14])
    assert await _list_next_days(database) == [_before_end(180)], "the scheduler applies it"
    assert await duties.count_plan_changes() == 1
    assert await duties.follow_plan() > 0
    assert await duties.follow_plan() == await duties.count_plan_changes() == 0
    assert await _list_next_days(database) == [_before_end(250)]
    await _scan_until(database, settings, clock, LAST_DAY + timedelta(days=2))
    ledger = [tuple(row) for row in await rows(database, LEDGER) if row.number == "load-1"]
    assert ledger == [("load-1", days, _before_end(days or -1), None) for days in (250, 90, 14, 0)]


async def test_back_to_the_default_nobody_is_told_of_days_past(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY], ISSUED_ON)
    clock.instant, duties = LATER, Duties(database, clock, settings)
    await tell_plan(consumer, clock, 1, [120, 30])
    await duties.follow_plan()
    await _scan_until(database, settings, clock, _before_end(170))
    await tell_plan(consumer, clock, 2, None)
    await duties.follow_plan()
    assert await _list_next_days(database) == [_before_end(120)], "visited, and nothing entered"
    # What changes for all changes for those that came back, too.
    clock.advance(hours=1)
    changed = settings.model_copy(update={"renewal_thresholds_days": (150, 90, 30)})
    await Duties(database, clock, changed).follow_plan()
    await _scan_until(database, changed, clock, LAST_DAY + timedelta(days=2))
    ledger = [(row.threshold_days, row.reason) for row in await rows(database, LEDGER)]
    assert ledger == [(days, None) for days in (150, 90, 30, 0)]


async def test_an_event_that_comes_twice_or_late_changes_nothing(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY], ISSUED_ON)
    duties, event_id = Duties(database, clock, settings), uuid4()
    await tell_plan(consumer, clock, 2, [250], event_id=event_id)
    await duties.follow_plan()
    for revision, thresholds, repeated_id in (
        (1, [400], None),
        (2, [250], event_id),
        (2, [250], None),
        (1, None, None),
    ):
        await tell_plan(consumer, clock, revision, thresholds, event_id=repeated_id)
        assert await duties.follow_plan() == 0
    assert await _list_next_days(database) == [_before_end(250)]
    # Two that wait at once: the higher revision stands, in whatever order they came.
    await tell_plan(consumer, clock, 4, [300])
    await tell_plan(consumer, clock, 3, [600])
    await duties.follow_plan()
    assert await _list_next_days(database) == [_before_end(300)]


async def test_certificates_of_a_plan_of_their_own_are_left_out_of_a_change_for_all(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    other_id = uuid4()
    await load_certificates(database, [LAST_DAY], ISSUED_ON)
    await load_certificates(
        database, [LAST_DAY], ISSUED_ON, name="other", qualification_id=other_id
    )
    await tell_plan(consumer, clock, 1, [100])
    changed = settings.model_copy(update={"renewal_thresholds_days": (400, 200)})
    await Duties(database, clock, changed).follow_plan()
    found = await rows(database, "SELECT number, next_notice_on FROM certificate ORDER BY number")
    assert {row.number: row.next_notice_on for row in found} == {
        "load-1": _before_end(180),  # a day of the default before: its visit enters nothing
        "other-1": _before_end(400),
    }


@pytest.mark.parametrize("of_council", [True, False], ids=["a council's", "the default's"])
async def test_a_walk_that_was_broken_off_is_resumed_by_whoever_comes(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    *,
    of_council: bool,
) -> None:
    await load_certificates(database, [LAST_DAY] * 5 + [_before_end(1)], ISSUED_ON)
    small = settings.model_copy(
        update={
            "scan_batch": 2,
            "renewal_thresholds_days": (180, 90, 30, 7) if of_council else (400, 180),
        }
    )
    if of_council:
        await tell_plan(consumer, clock, 1, [400, 180])
    await _refuse_fifth(database, "53100")
    with pytest.raises(DBAPIError, match="broken off"):
        await Duties(database, clock, small).follow_plan()
    assert await Duties(database, clock, small).count_plan_changes() == 1
    await _run(database, *ADMIT_FIFTH)
    await Duties(database, clock, settings).follow_plan()
    assert await _list_next_days(database) == [_before_end(401), _before_end(400)]


ADMIT_FIFTH = ("DROP TRIGGER refuse ON certificate", "DROP FUNCTION refuse_fifth")


async def _refuse_fifth(database: Database, sqlstate: str) -> None:
    """Lets the database refuse to write one of the certificates."""
    await _run(
        database,
        "CREATE FUNCTION refuse_fifth() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        f"IF NEW.number = 'load-5' THEN RAISE 'broken off' USING ERRCODE = '{sqlstate}'; END IF; "
        "RETURN NEW; END$$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON certificate FOR EACH ROW "
        "EXECUTE FUNCTION refuse_fifth()",
    )


@pytest.mark.parametrize("of_council", [True, False], ids=["a council's", "the default's"])
async def test_a_certificate_that_cannot_be_moved_holds_up_no_walk(
    consumer: Consumer,
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    *,
    of_council: bool,
) -> None:
    await load_certificates(database, [LAST_DAY] * 20, ISSUED_ON)
    thresholds = (180, 90, 30, 7) if of_council else (400, 180)
    changed = settings.model_copy(update={"scan_batch": 6, "renewal_thresholds_days": thresholds})
    if of_council:
        await tell_plan(consumer, clock, 1, [400, 180])
    duties = Duties(database, clock, changed)
    await _refuse_fifth(database, "23514")
    await duties.follow_plan()
    assert await duties.count_plan_changes() == 0, "the walk has ended"
    query = "SELECT number FROM certificate WHERE next_notice_on <> :moved_to"
    (guilty,) = await rows(database, query, moved_to=_before_end(400))
    assert guilty.number == "load-5"
    (set_aside_row,) = await rows(database, "SELECT job, subject, reason FROM set_aside")
    assert set_aside_row.job == "notice-plan"
    assert "23514" in set_aside_row.reason
    await _run(database, *ADMIT_FIFTH)
    clock.advance(minutes=6)
    await duties.follow_plan()
    assert await _list_next_days(database) == [_before_end(400)]
    assert await rows(database, "SELECT 1 FROM set_aside") == []


async def test_a_second_change_takes_along_what_a_walk_has_left(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY] * 5, ISSUED_ON)
    duties = Duties(database, clock, settings)
    await tell_plan(consumer, clock, 1, [400, 180])
    await _break_off(database, duties)
    await tell_plan(consumer, clock, 2, [500, 400])
    await _break_off(database, duties)
    await tell_plan(consumer, clock, 3, [400, 300])
    await duties.follow_plan()
    assert await _list_next_days(database) == [_before_end(400)]


async def _break_off(database: Database, duties: Duties) -> None:
    """A round of the job that breaks off in its first walk."""
    await _run(
        database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE 'no' USING ERRCODE = '53100'; END$$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON certificate EXECUTE FUNCTION refuse()",
    )
    with pytest.raises(DBAPIError, match="no"):
        await duties.follow_plan()
    await _run(database, "DROP TRIGGER refuse ON certificate", "DROP FUNCTION refuse")


async def _run(database: Database, *statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await execute(session, text(statement))


async def test_a_council_that_takes_over_a_threshold_still_walked_for_all_loses_nobody(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [LAST_DAY] * 3, ISSUED_ON)
    changed = settings.model_copy(update={"renewal_thresholds_days": (400, 180)})
    await _break_off(database, Duties(database, clock, changed))
    await tell_plan(consumer, clock, 1, [400, 30])
    await Duties(database, clock, changed).follow_plan()
    assert await _list_next_days(database) == [_before_end(400)]
