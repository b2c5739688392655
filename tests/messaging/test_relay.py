"""The relay and the whole way over a real broker: nothing lost, nothing twice, in order."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging import outbox
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import Cluster
from shared.messaging.relay import Relay
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, happen, rows, run, steps

TOPICS = frozenset({ThingHappened.TOPIC})


class Runs(Protocol):
    """A relay or a consumer."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Works until it fails."""


@asynccontextmanager
async def running(*jobs: Runs) -> AsyncIterator[None]:
    """Runs the jobs meanwhile; one that fails fails the test at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job.run()) for job in jobs]
        yield
        for task in tasks:
            task.cancel()


class Mortal:
    """A job whose end is expected."""

    def __init__(self, job: Runs) -> None:
        self.job = job
        self.died = asyncio.Event()

    async def run(self) -> None:
        """Runs the job; remembers that it failed."""
        try:
            await self.job.run()
        except Exception:
            self.died.set()


async def _unpublished(database: Database) -> int:
    outbox_rows = await rows(
        database, "SELECT count(*) AS n FROM outbox WHERE published_at IS NULL"
    )
    count: int = outbox_rows[0].n
    return count


async def _all_published(database: Database) -> None:
    async def none_left() -> bool:
        return await _unpublished(database) == 0

    await eventually(none_left, "an empty outbox")


async def test_an_event_is_recorded_only_if_its_transaction_commits(
    database: Database, clock: ManualClock
) -> None:
    async def fail_after_recording() -> None:
        async with database.transaction() as session:
            await outbox.record_events(session, ThingHappened(name="a", step=1), now=clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_recording()
    assert await rows(database, "SELECT * FROM outbox") == []


async def test_events_cross_the_broker_once_and_in_order_of_their_key(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    relay = Relay(database, wired, TOPICS)
    consumer = Consumer(database, wired, {ThingHappened: handling}, clock)
    async with running(relay, consumer):
        for step in range(30):
            for name in ("a", "b", "c"):
                await happen(database, name, step, clock.now())

        async def arrived() -> bool:
            return len(await steps(database)) >= 90

        await eventually(arrived, "90 events")
    for name in ("a", "b", "c"):
        assert await steps(database, name) == list(range(30))


async def test_published_twice_is_handled_once(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    """A relay killed between the acknowledgement and the stamp publishes again."""
    for step in range(5):
        await happen(database, "a", step, clock.now())
    async with running(Relay(database, wired, TOPICS)):
        await _all_published(database)
        await run(database, "UPDATE outbox SET published_at = NULL")
        await happen(database, "a", 5, clock.now())
        await _all_published(database)
    async with running(Consumer(database, wired, {ThingHappened: handling}, clock)):

        async def last() -> bool:
            return 5 in await steps(database)

        await eventually(last, "the last event")
    assert await steps(database) == list(range(6))


async def test_an_event_that_commits_late_with_a_lower_id_is_published(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    async with running(Relay(database, wired, TOPICS)):
        async with database.transaction() as early:
            await outbox.record_events(early, ThingHappened(name="late", step=1), now=clock.now())
            await happen(database, "quick", 1, clock.now())

            async def quick_is_out() -> bool:
                query = "SELECT 1 FROM outbox WHERE key = 'quick' AND published_at IS NOT NULL"
                return bool(await rows(database, query))

            await eventually(quick_is_out, "the higher id to be published")
        await _all_published(database)
    outbox_rows = await rows(database, "SELECT key, id FROM outbox ORDER BY id")
    assert [row.key for row in outbox_rows] == ["late", "quick"]


async def test_of_two_relays_one_publishes_and_the_other_takes_over(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    first, second = (Mortal(Relay(database, wired, TOPICS)) for _ in range(2))
    holders = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with running(first, second):
        await happen(database, "a", 1, clock.now())
        await _all_published(database)
        async with database.read_only_transaction() as session:
            assert await session.scalar(holders) == 1
        terminated = await rows(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        assert len(terminated) == 1
        await happen(database, "a", 2, clock.now())
        await _all_published(database)

        async def one_died() -> bool:
            return first.died.is_set() != second.died.is_set()

        await eventually(one_died, "the relay that lost its connection to end, not go on")


async def test_a_cluster_that_was_never_published_to_gets_everything_again(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    await happen(database, "a", 1, clock.now())
    async with running(Relay(database, wired, TOPICS)):
        await _all_published(database)
    (before,) = await rows(database, "SELECT published_at FROM outbox")
    async with Cluster.connect(wired) as cluster:
        cluster_id = await cluster.fetch_cluster_id()
    assert [row.cluster_id for row in await rows(database, "SELECT * FROM relay_state")] == [
        cluster_id
    ]

    await run(database, "UPDATE relay_state SET cluster_id = 'another'")
    async with running(Relay(database, wired, TOPICS)):

        async def again() -> bool:
            (row,) = await rows(database, "SELECT published_at FROM outbox")
            return row.published_at is not None and row.published_at > before.published_at

        await eventually(again, "the event to be published again")


async def test_a_member_that_dies_leaves_its_events_to_the_next(
    wired: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> None:
    for step in range(10):
        await happen(database, "a", step, clock.now())
    async with running(Relay(database, wired, TOPICS)):
        await _all_published(database)

    async def some() -> bool:
        return bool(await steps(database))

    async with running(Consumer(database, wired, {ThingHappened: handling}, clock)):
        await eventually(some, "the first event")
    for step in range(10, 20):
        await happen(database, "a", step, clock.now())

    async def all_of_them() -> bool:
        return len(await steps(database)) >= 20

    async with running(
        Relay(database, wired, TOPICS),
        Consumer(database, wired, {ThingHappened: handling}, clock),
    ):
        await eventually(all_of_them, "all events")
    assert await steps(database) == list(range(20))
