"""The consumer: exactly once in effect, in order, and no event lost to a bad one."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from shared.db import Database
from shared.errors import NotFound
from shared.messaging import dead_letters
from shared.messaging.consumer import Consumer
from tests.clock import ManualClock
from tests.messaging.sample_events import Handling, ThingHappened, put_headers, record, rows, steps

OPEN = "SELECT * FROM dead_letter WHERE settled_at IS NULL ORDER BY id"


async def test_an_event_delivered_twice_takes_effect_once(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    delivered_record = record("a", 1, clock.now())
    await consumer.handle_record(delivered_record)
    await consumer.handle_record(replace(delivered_record, offset=99))
    assert await steps(database) == [1]


async def test_an_event_delivered_to_two_members_at_once_takes_effect_once(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    for step in range(20):
        delivered_record = record("a", step, clock.now())
        await asyncio.gather(*(consumer.handle_record(delivered_record) for _ in range(4)))
    assert await steps(database) == list(range(20))


async def test_a_passing_failure_is_tried_again_and_leaves_no_trace(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.stumble[("a", 1)] = 2
    await consumer.handle_record(record("a", 1, clock.now()))
    assert await steps(database) == [1]
    assert await rows(database, OPEN) == []


async def test_a_failure_that_does_not_pass_becomes_a_dead_letter_after_the_last_attempt(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.stumble[("a", 1)] = 3
    await consumer.handle_record(record("a", 1, clock.now()))
    assert await steps(database) == []
    (letter,) = await rows(database, OPEN)
    assert (letter.reason, letter.detail, letter.attempts) == ("failure", "ConnectionError", 3)


async def test_a_refused_event_parks_the_later_ones_of_its_key_only(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.refuse.add(("a", 1))
    for name, step in [("a", 1), ("a", 2), ("b", 1), ("a", 3)]:
        await consumer.handle_record(record(name, step, clock.now()))
    assert await steps(database, "a") == []
    assert await steps(database, "b") == [1]
    letters = await rows(database, OPEN)
    assert [(x.key.decode(), x.status, x.reason) for x in letters] == [
        ("a", "waiting", "tests.refused"),
        ("a", "parked", "order"),
        ("a", "parked", "order"),
    ]


async def test_a_replay_handles_the_key_in_order_and_once(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.refuse.add(("a", 1))
    delivered_records = [record("a", step, clock.now()) for step in (1, 2, 3)]
    for delivered_record in delivered_records:
        await consumer.handle_record(delivered_record)
    letters = await rows(database, OPEN)

    again = await dead_letters.replay_key(database, {ThingHappened: handling}, clock, letters[0].id)
    assert (again.handled_count, again.failure) == (0, "the test refuses this step")
    assert (await rows(database, OPEN))[0].attempts == 2

    handling.refuse.clear()
    outcomes = await asyncio.gather(
        *(
            dead_letters.replay_key(database, {ThingHappened: handling}, clock, letter.id)
            for letter in letters
        )
    )
    assert sum(outcome.handled_count for outcome in outcomes) == 3
    assert await steps(database) == [1, 2, 3]
    for delivered_record in delivered_records:
        await consumer.handle_record(delivered_record)
    assert await steps(database) == [1, 2, 3]
    assert await rows(database, OPEN) == []


async def test_a_discarded_letter_lets_the_next_ones_through(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.refuse.add(("a", 1))
    for step in (1, 2):
        await consumer.handle_record(record("a", step, clock.now()))
    first, second = await rows(database, OPEN)
    async with database.transaction() as session:
        await dead_letters.discard_dead_letter(session, first.id, "the publisher took it back")
    outcome = await dead_letters.replay_key(database, {ThingHappened: handling}, clock, second.id)
    assert outcome.handled_count == 1
    await consumer.handle_record(record("a", 3, clock.now()))
    assert await steps(database) == [2, 3]
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await dead_letters.discard_dead_letter(session, first.id, "a second time")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payload": b'{"name": "Petrov'}, "tests.thing.happened.v1: data: json_invalid"),
        ({"payload": b'{"name": "Petrov"}'}, "tests.thing.happened.v1: step: missing"),
        ({"payload": b"\xff\xfe"}, "tests.thing.happened.v1: data: json_invalid"),
        ({"headers": ()}, "not a CloudEvent"),
        ({"key": b"other"}, "the record's key is not the event's aggregate"),
    ],
)
async def test_an_unreadable_record_is_kept_once_with_a_reason_that_shows_no_data(
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    change: dict[str, object],
    reason: str,
) -> None:
    delivered_record = replace(record("a", 1, clock.now()), **change)  # type: ignore[arg-type]
    await consumer.handle_record(delivered_record)
    await consumer.handle_record(delivered_record)
    (letter,) = await rows(database, OPEN)
    assert letter.reason == "unreadable"
    assert reason in letter.detail
    assert "Petrov" not in letter.detail
    assert letter.payload == delivered_record.payload


async def test_an_event_that_this_code_does_not_know_is_left_alone(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    known_record = record("a", 1, clock.now())
    await consumer.handle_record(put_headers(known_record, ce_type="tests.thing.vanished.v1"))
    assert await rows(database, OPEN) == []
    assert await rows(database, "SELECT * FROM inbox") == []


async def test_ids_that_are_no_uuids_are_unreadable(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    known_record = record("a", 1, clock.now(), uuid4())
    await consumer.handle_record(put_headers(known_record, ce_id="7"))
    (letter,) = await rows(database, OPEN)
    assert letter.event_id == "7"
    assert letter.reason == "unreadable"
