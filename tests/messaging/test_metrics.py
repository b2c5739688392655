"""What a worker counts itself: events given to the broker, records it has yet to handle."""

import asyncio
from contextlib import suppress

from prometheus_client import Counter
from prometheus_client.core import Metric

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.relay import FAILED_EVENTS, PUBLISHED_EVENTS, Relay
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, happen, steps
from tests.messaging.test_relay import TOPICS, running


def _read_counter(counter: Counter) -> float:
    (family,) = counter.collect()
    return next(sample.value for sample in family.samples if sample.name.endswith("_total"))


def _read_lag(families: list[Metric]) -> dict[str, float]:
    (family,) = families
    assert family.name == "attesta_consumer_lag_records"
    return {sample.labels["topic"]: sample.value for sample in family.samples}


async def test_events_count_when_the_broker_has_acknowledged_them(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    published_count, failure_count = _read_counter(PUBLISHED_EVENTS), _read_counter(FAILED_EVENTS)
    for step in range(3):
        await happen(database, "a", step, clock.now())

    async def are_counted() -> bool:
        return _read_counter(PUBLISHED_EVENTS) == published_count + 3

    async with running(Relay(database, wired, TOPICS)):
        await eventually(are_counted, "three events counted")
    assert _read_counter(FAILED_EVENTS) == failure_count


async def test_a_consumer_is_behind_by_what_it_has_yet_to_handle(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    patient = wired.model_copy(update={"consumer_attempts": 50, "consumer_backoff_seconds": 0.2})
    consumer = Consumer(database, patient, {ThingHappened: handling}, clock)
    assert _read_lag([*await consumer.read_lag(1)]) == {ThingHappened.TOPIC: 0}, "before it joins"
    handling.stumble["a", 0] = 1000
    for step in range(4):
        await happen(database, "a", step, clock.now())

    async def lag_is(records: int) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                lags = _read_lag([*await consumer.read_lag(5)])
                return lags == {ThingHappened.TOPIC: records}
        return False

    async with running(Relay(database, wired, TOPICS), consumer):
        await eventually(lambda: lag_is(4), "four records behind, the first in hand")
        handling.stumble.clear()
        await eventually(lambda: lag_is(0), "nothing behind")
    assert await steps(database) == [0, 1, 2, 3]
