"""Windows are given to a cohort once, spread over its slots, whoever runs the job and how often."""

import asyncio
import hashlib
import random
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from services.certificates.renewal import assignment
from services.certificates.settings import CertificatesSettings
from shared.db import Database, execute
from shared.job_states.states import list_job_states, save_cursor
from tests.certificates.approvals import rows
from tests.certificates.loads import counted_connections, load_certificates
from tests.certificates.renewal.cohorts import (
    ISSUED_ON,
    at_noon,
    count_by_day,
    declare,
    give_windows,
    read_slots,
    read_windows,
    working_days,
)
from tests.clock import ManualClock

END = date(2028, 9, 1)
GIVEN_ON = END - timedelta(days=210)
FIRST_SLOT, LAST_SLOT = END - timedelta(days=180), END - timedelta(days=45)


def _lot(certificate_id: UUID, generation: int) -> bytes:
    return hashlib.sha256(f"{certificate_id} {generation}".encode()).digest()


async def test_twenty_thousand_that_end_on_one_day_fill_fifty_days(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END] * 20_000, ISSUED_ON)
    await declare(database, 400)
    clock.instant = at_noon(GIVEN_ON)
    await give_windows(database, settings, clock)
    windows = await read_windows(database)
    # By plain arithmetic: the last fifty working days up to 45 days before the end, 400 each.
    days = working_days(FIRST_SLOT, LAST_SLOT)[-50:]
    assert (days[0], days[-1]) == (date(2028, 5, 10), date(2028, 7, 18))
    assert count_by_day(windows) == dict.fromkeys(days, 400)
    assert all(window.ends_on - window.starts_on == timedelta(days=6) for window in windows)
    assert await read_slots(database) == dict.fromkeys(days, 400)
    # Fair: the turn is that of the hash, and nothing else; who comes first gets the latest slot.
    by_lot = sorted(windows, key=lambda window: _lot(window.certificate_id, window.generation))
    latest_first = [day for day in reversed(days) for _ in range(400)]
    assert [window.ends_on for window in by_lot] == latest_first


async def test_batches_give_what_one_statement_gives(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END] * 300, ISSUED_ON)
    await declare(database, 7)
    clock.instant = at_noon(GIVEN_ON)
    small = settings.model_copy(update={"renewal_batch": 11})
    await give_windows(database, small, clock)
    windows = await read_windows(database)
    by_lot = sorted(windows, key=lambda window: _lot(window.certificate_id, window.generation))
    days = working_days(FIRST_SLOT, LAST_SLOT)
    expected = [day for day in reversed(days) for _ in range(7)][:300]
    assert [window.ends_on for window in by_lot] == expected


async def test_later_cohorts_take_the_places_that_are_left(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    ends = [END + timedelta(days=n) for n in range(5)]
    await load_certificates(database, [end for end in ends for _ in range(30)], ISSUED_ON)
    await declare(database, 10)
    free = dict.fromkeys(working_days(FIRST_SLOT, LAST_SLOT + timedelta(days=5)), 10)
    for end in ends:
        places = 30
        range_days = working_days(end - timedelta(days=180), end - timedelta(days=45))
        for day in reversed(range_days):
            taken = min(places, free[day])
            free[day], places = free[day] - taken, places - taken
    clock.instant = at_noon(GIVEN_ON)
    while clock.now() < at_noon(GIVEN_ON + timedelta(days=5)):
        await give_windows(database, settings, clock)
        clock.advance(days=1)
    assert await read_slots(database) == {day: 10 - n for day, n in free.items() if n < 10}


@pytest.mark.parametrize("rounds", ["daily", "late", "two at once"])
async def test_missed_days_and_two_schedulers_leave_the_same_windows(
    database: Database, settings: CertificatesSettings, clock: ManualClock, rounds: str
) -> None:
    ends = [END + timedelta(days=n) for n in range(20)]
    await load_certificates(database, [end for end in ends for _ in range(15)], ISSUED_ON)
    await declare(database, 4)
    clock.instant = at_noon(GIVEN_ON - timedelta(days=1))
    await give_windows(database, settings, clock)
    small = settings.model_copy(update={"renewal_batch": 9})
    last_day = GIVEN_ON + timedelta(days=19)
    while clock.now() < at_noon(last_day):
        clock.advance(days=19 if rounds == "late" else 1)
        number = 3 if rounds == "two at once" else 1
        await asyncio.gather(*(give_windows(database, small, clock) for _ in range(number)))
    slots = await read_slots(database)
    assert count_by_day(await read_windows(database)) == slots
    assert sum(slots.values()) == 300
    assert max(slots.values()) == 4
    # In whatever rounds: greedily from the latest slot, cohort after cohort.
    free = dict.fromkeys(working_days(FIRST_SLOT, LAST_SLOT + timedelta(days=30)), 4)
    for end in ends:
        places = 15
        for day in reversed(working_days(end - timedelta(180), end - timedelta(45))):
            taken = min(places, free[day])
            free[day], places = free[day] - taken, places - taken
    assert slots == {day: 4 - n for day, n in free.items() if n < 4}


async def test_a_job_that_dies_between_two_batches_goes_on(
    database: Database,
    settings: CertificatesSettings,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await load_certificates(database, [END] * 100, ISSUED_ON)
    await declare(database, 10)
    clock.instant = at_noon(GIVEN_ON)
    small = settings.model_copy(update={"renewal_batch": 30})
    generator = random.Random(5)

    async def die_sometimes(*arguments: object) -> None:
        if generator.random() < 0.3:
            raise ConnectionError
        await save_cursor(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(assignment, "save_cursor", die_sometimes)
    for _ in range(300):
        try:
            await give_windows(database, small, clock)
            break
        except ConnectionError:
            continue
    windows = await read_windows(database)
    assert len(windows) == 100
    days = working_days(FIRST_SLOT, LAST_SLOT)[-10:]
    assert count_by_day(windows) == await read_slots(database) == dict.fromkeys(days, 10)


async def test_too_little_capacity_is_shared_evenly(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    slots = working_days(FIRST_SLOT, LAST_SLOT)
    await load_certificates(database, [END] * (len(slots) * 3 + 10), ISSUED_ON)
    await declare(database, 2)
    clock.instant = at_noon(GIVEN_ON)
    small = settings.model_copy(update={"renewal_batch": 70})
    await give_windows(database, small, clock)
    numbers = await read_slots(database)
    assert numbers.keys() == set(slots)
    assert set(numbers.values()) == {3, 4}
    assert sum(number == 4 for number in numbers.values()) == 10


async def test_an_empty_cohort_leaves_nothing(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    clock.instant = at_noon(GIVEN_ON)
    await give_windows(database, settings, clock)
    assert await read_windows(database) == []
    assert await read_slots(database) == {}
    (row,) = await rows(database, "SELECT cursor FROM job_state WHERE name = 'renewal-windows'")
    assert row.cursor == f"{END}/{GIVEN_ON - timedelta(days=1)}"


async def test_the_first_start_gives_windows_to_all_that_still_have_time(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    today = GIVEN_ON
    ends = [today + timedelta(days=n) for n in (10, 45, 51, 55, 60, 120, 210, 211)]
    await load_certificates(database, ends, ISSUED_ON)
    clock.instant = at_noon(today)
    await give_windows(database, settings, clock)
    query = """
        SELECT c.ends_on, w.starts_on, w.ends_on AS window_ends_on
        FROM renewal_window w JOIN certificate c ON c.id = w.certificate_id ORDER BY c.ends_on
    """
    windows = await rows(database, query)
    # Where no working day is left a week from today and 45 days before the end, there is none.
    assert [(row.ends_on - today).days for row in windows] == [55, 60, 120, 210]
    assert all(row.starts_on > today for row in windows)
    assert all((row.ends_on - row.window_ends_on).days >= 45 for row in windows)


async def test_without_a_statement_of_the_council_the_capacity_is_measured(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END] * 1300, GIVEN_ON - timedelta(weeks=26) + timedelta(1))
    clock.instant = at_noon(GIVEN_ON)
    await give_windows(database, settings, clock)
    # 1300 in 26 weeks are 10 on a working day; 1.2 times that.
    numbers = await read_slots(database)
    assert len(numbers) == len(working_days(FIRST_SLOT, LAST_SLOT))
    (capacity,) = await rows(database, "SELECT measured_places, measured_on FROM renewal_capacity")
    assert tuple(capacity) == (12, GIVEN_ON)
    assert sum(numbers.values()) == 1300
    assert set(numbers.values()) <= {13, 14}


async def test_windows_and_slots_go_when_their_certificates_have_ended(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END, END + timedelta(days=1)] * 20, ISSUED_ON)
    clock.instant = at_noon(GIVEN_ON + timedelta(days=1))
    await give_windows(database, settings, clock)
    assert len(await read_windows(database)) == 40
    clock.instant = at_noon(END + timedelta(days=1))
    for _ in range(2):
        await give_windows(database, settings, clock)
    assert len(await read_windows(database)) == 20
    assert await read_slots(database) == {}
    async with database.read_only_transaction() as session:
        assert [state.name for state in await list_job_states(session)] == ["renewal-windows"]


async def test_a_certificate_that_gets_no_window_holds_up_no_other(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END] * 20, ISSUED_ON)
    await declare(database, 10)
    (guilty,) = await rows(database, "SELECT id FROM certificate WHERE number = 'load-5'")
    refusal = f"ADD CONSTRAINT ck_guilty CHECK (certificate_id <> '{guilty.id}')"
    await _alter_windows(database, refusal)
    clock.instant = at_noon(GIVEN_ON)
    small = settings.model_copy(update={"renewal_batch": 6})
    await give_windows(database, small, clock)
    windows = await read_windows(database)
    assert len(windows) == 19
    assert guilty.id not in {window.certificate_id for window in windows}
    (set_aside_row,) = await rows(database, "SELECT job, subject, reason FROM set_aside")
    assert (set_aside_row.job, set_aside_row.subject) == ("renewal-windows", str(guilty.id))
    await _alter_windows(database, "DROP CONSTRAINT ck_guilty")
    clock.advance(days=1)
    await give_windows(database, small, clock)
    windows = await read_windows(database)
    assert len(windows) == 20
    assert count_by_day(windows) == await read_slots(database)
    assert await rows(database, "SELECT 1 FROM set_aside") == []


async def _alter_windows(database: Database, alteration: str) -> None:
    async with database.transaction() as session:
        await execute(session, text(f"ALTER TABLE renewal_window {alteration}"))


async def test_a_large_day_is_read_once_whatever_the_batches(
    database: Database, settings: CertificatesSettings, clock: ManualClock
) -> None:
    await load_certificates(database, [END] * 400, ISSUED_ON)
    await declare(database, 10)
    clock.instant = at_noon(GIVEN_ON)
    small = settings.model_copy(update={"renewal_batch": 10})
    query = "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = :name"
    async with counted_connections(small) as own_database:
        (before,) = await rows(database, query, name="certificate")
        await give_windows(own_database, small, clock)
    (after,) = await rows(database, query, name="certificate")
    assert len(await read_windows(database)) == 400
    assert after[0] - before[0] <= 400 * 12, "forty batches do not read the day forty times"
