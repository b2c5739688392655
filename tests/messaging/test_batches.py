"""Many events in one transaction, each partition by itself: the outcome of each event alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.errors import RuleViolation
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record, TracedEvent
from shared.messaging.inbox import BatchHandler
from shared.messaging.kafka import Cluster
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, record, rows, steps
from tests.messaging.test_relay import running

TOPIC = ThingHappened.TOPIC
TRANSACTIONS = "SELECT DISTINCT xmin::text FROM thing_log"
OPEN = "SELECT * FROM dead_letter WHERE settled_at IS NULL ORDER BY id"


class SetHandling:
    """A handler of many events that logs them by one statement; it refuses some steps."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.refuse: set[int] = set()

    async def __call__(
        self, session: AsyncSession, events: Sequence[TracedEvent[ThingHappened]], now: datetime
    ) -> None:  # fmt: skip
        """Writes first and fails then."""
        del now
        self.sizes.append(len(events))
        parameters = {
            "keys": [traced.event.name for traced in events],
            "steps": [traced.event.step for traced in events],
        }
        statement = text(
            "INSERT INTO thing_log (key, step)"
            " SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:steps AS int[]))"
        )
        await execute(session, statement, parameters)
        if self.refuse & {traced.event.step for traced in events}:
            raise RuleViolation("tests.refused", "the test refuses this step")


def _batch(clock: ManualClock, steps_of_batch: Sequence[int], names: str = "abc") -> list[Record]:
    return [record(names[step % len(names)], step, clock.now()) for step in steps_of_batch]


async def test_a_batch_is_one_transaction(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    await consumer.handle_records(_batch(clock, range(50)))
    assert await steps(database) == list(range(50))
    assert len(await rows(database, TRANSACTIONS)) == 1
    assert len(await rows(database, "SELECT 1 FROM inbox")) == 50


async def test_a_bad_event_falls_alone_and_its_key_waits(
    consumer: Consumer, database: Database, handling: Handling, clock: ManualClock
) -> None:
    handling.refuse.add(("b", 4))
    await consumer.handle_records(_batch(clock, range(20)))
    assert await steps(database, "a") == list(range(0, 20, 3))
    assert await steps(database, "b") == [1]
    assert await steps(database, "c") == list(range(2, 20, 3))
    letters = await rows(database, OPEN)
    assert [(letter.status, letter.reason) for letter in letters] == [
        ("waiting", "tests.refused"),
        *[("parked", "order")] * 5,
    ]


async def test_a_handler_takes_many_and_the_bad_one_falls_alone(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    handling = SetHandling()
    consumer = Consumer(database, settings, {ThingHappened: BatchHandler(handling)}, clock)
    await consumer.handle_records(_batch(clock, range(30)))
    assert handling.sizes == [30]
    handling.refuse.add(40)
    await consumer.handle_records(_batch(clock, range(30, 60), names="xyzuvw"))
    assert await steps(database) == [step for step in range(60) if step % 6 != 4 or step < 40]
    assert [letter.status for letter in await rows(database, OPEN)] == ["waiting"] + ["parked"] * 3


async def test_an_event_that_comes_twice_in_a_batch_takes_effect_once(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    first, second = _batch(clock, (0, 1))
    await consumer.handle_records([first, replace(first, offset=7), second, second])
    assert await steps(database) == [0, 1]


async def test_a_batch_in_two_hands_takes_effect_once(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    batch = _batch(clock, range(30))
    await asyncio.gather(*(consumer.handle_records(part) for part in (batch, batch[10:], batch)))
    assert sorted(await steps(database)) == list(range(30))
    assert await rows(database, OPEN) == []


async def test_what_another_member_has_handled_becomes_no_dead_letter(
    consumer: Consumer, database: Database, clock: ManualClock
) -> None:
    (handled_record,) = _batch(clock, (1,))
    await consumer.handle_record(handled_record)
    await store_dead_letter(database, handled_record, "failure", "TimeoutError", 8)
    assert await rows(database, OPEN) == []


NAMES = count()
EVENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["fine"] * 4 + ["refused", "odd", "twice"])),
    min_size=2,
    max_size=12,
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=EVENTS)
async def test_a_batch_ends_as_its_events_would_one_by_one(
    consumer: Consumer,
    database: Database,
    handling: Handling,
    clock: ManualClock,
    events: list[tuple[str, str]],
) -> None:
    outcomes = []
    for take in (consumer.handle_records, _take_singly(consumer)):
        prefix = f"{next(NAMES)}-"
        records: list[Record] = []
        for step, (name, kind) in enumerate(events):
            event_record = replace(record(prefix + name, step, clock.now()), offset=len(records))
            if kind == "refused":
                handling.refuse.add((prefix + name, step))
            if kind == "odd":
                event_record = replace(event_record, payload=b"{")
            records += [event_record] * (2 if kind == "twice" else 1)
        await take(records)
        outcomes.append(await _read_outcome(database, prefix))
    assert outcomes[0] == outcomes[1]


def _take_singly(consumer: Consumer) -> Any:
    async def take(records: Sequence[Record]) -> None:
        for event_record in records:
            await consumer.handle_record(event_record)

    return take


async def _read_outcome(database: Database, prefix: str) -> dict[str, Any]:
    """The steps that were handled and the letters, by the name without the prefix."""
    letters = await rows(database, OPEN)
    return {
        name: (
            await steps(database, prefix + name),
            [
                (letter.status, letter.reason, letter.kafka_offset)
                for letter in letters
                if letter.key.decode() == prefix + name
            ],
        )
        for name in "abc"
    }


@asynccontextmanager
async def _produce(settings: CatalogSettings) -> AsyncIterator[AIOKafkaProducer]:
    async with Cluster.connect(settings) as cluster:
        await cluster.ensure_topics({TOPIC})
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers) as producer:
        yield producer


async def _send(
    producer: AIOKafkaProducer, settings: CatalogSettings, partition: int, *records: Record
) -> None:
    for event_record in records:
        await producer.send_and_wait(
            settings.kafka_topic_prefix + TOPIC,
            key=event_record.key,
            value=event_record.payload,
            headers=list(event_record.headers),
            partition=partition,
        )


async def test_no_partition_waits_for_another(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    slow_handling, release = asyncio.Event(), asyncio.Event()

    async def handle_or_wait(session: AsyncSession, event: ThingHappened, now: datetime) -> None:
        if event.name == "slow":
            slow_handling.set()
            await release.wait()
        await handling(session, event, now)

    async def are_handled(name: str, last_step: int) -> bool:
        return last_step in await steps(database, name)

    consumer = Consumer(database, wired, {ThingHappened: handle_or_wait}, clock)
    async with _produce(wired) as producer:
        await _send(producer, wired, 0, record("slow", 1, clock.now()))
        async with running(consumer):
            await slow_handling.wait()
            for step in range(3):
                await _send(producer, wired, 1, record("quick", step, clock.now()))

                async def is_handled(step: int = step) -> bool:
                    return await are_handled("quick", step)

                await eventually(is_handled, f"step {step} of the other partition")
            assert await steps(database, "slow") == []
            release.set()
            await eventually(lambda: are_handled("slow", 1), "the slow one")


async def test_long_retries_keep_the_partition(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    """They take several times what a member may go without asking for records."""
    patient = wired.model_copy(
        update={
            "consumer_poll_seconds": 2,
            "consumer_attempts": 9,
            "consumer_backoff_seconds": 1,
            "consumer_backoff_limit_seconds": 1,
        }
    )
    handling.stumble[("a", 1)] = 7
    consumer = Consumer(database, patient, {ThingHappened: handling}, clock)
    is_member = False

    async def is_handled() -> bool:
        nonlocal is_member
        if is_member:
            await consumer.check_membership()  # raises when the group has thrown it out
        elif handling.stumble[("a", 1)] < 7:
            is_member = True
        return await steps(database) == [1, 2]

    async with _produce(patient) as producer:
        await _send(producer, patient, 0, record("a", 1, clock.now()), record("a", 2, clock.now()))
        async with running(consumer):
            await eventually(is_handled, "both steps")
    assert await rows(database, OPEN) == []


async def test_a_member_without_partitions_stays_and_takes_over(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    """More members than partitions: who has none is there when another one leaves."""
    brief = wired.model_copy(update={"consumer_poll_seconds": 2, "kafka_partitions": 1})
    members = [Consumer(database, brief, {ThingHappened: handling}, clock) for _ in range(2)]
    lags: list[Any] = [{}, {}]

    async def have_joined() -> bool:
        for place, member in enumerate(members):
            try:
                await member.check_membership()
            except RuntimeError:
                return False
            lags[place] = await member.measure_lag()
        return sorted(map(len, lags)) == [0, 1]

    async with _produce(brief) as producer:
        runs = [asyncio.create_task(member.run()) for member in members]
        await eventually(have_joined, "one member has the partition, the other none")
        clock_start = asyncio.get_running_loop().time()

        async def has_waited() -> bool:
            await members[0].check_membership()
            await members[1].check_membership()
            return asyncio.get_running_loop().time() - clock_start > 3

        await eventually(has_waited, "longer than a member may be silent")
        owner = runs[0] if lags[0] else runs[1]
        owner.cancel()
        await asyncio.wait([owner])
        await _send(producer, brief, 0, record("a", 1, clock.now(), uuid4()))

        async def is_handled() -> bool:
            return await steps(database) == [1]

        await eventually(is_handled, "the other one takes over")
        for run in runs:
            run.cancel()
        await asyncio.wait(runs)


@pytest.mark.parametrize("batch_events", [1, 7, 100])
async def test_members_that_come_and_go_lose_and_double_nothing(
    wired: CatalogSettings,
    database: Database,
    handling: Handling,
    clock: ManualClock,
    batch_events: int,
) -> None:
    sized = wired.model_copy(update={"consumer_batch_events": batch_events})
    events = 60

    async def are_so_many(least: int) -> bool:
        return len(await steps(database)) >= least

    async with _produce(sized) as producer:
        for step in range(events):
            await _send(producer, sized, step % 2, record("ab"[step % 2], step, clock.now()))
        staying = Consumer(database, sized, {ThingHappened: handling}, clock)
        async with running(staying):
            for least in (1, events // 2):
                passing = asyncio.create_task(
                    Consumer(database, sized, {ThingHappened: handling}, clock).run()
                )
                await eventually(lambda least=least: are_so_many(least), f"{least} events")  # type: ignore[misc]
                passing.cancel()
                await asyncio.wait([passing])
            await eventually(lambda: are_so_many(events), "all events")
    for place, name in enumerate("ab"):
        assert await steps(database, name) == list(range(place, events, 2))
    assert await rows(database, OPEN) == []
