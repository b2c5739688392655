"""The relay and the whole way over a real broker: nothing lost, nothing twice, in order."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Connection, Database, get_raw_connection
from shared.duties import ProcessDuties
from shared.errors import RuleViolation
from shared.lease import Lease
from shared.messaging import outbox
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import Cluster
from shared.messaging.outbox import RELAY_LEASE
from shared.messaging.relay import Relay
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, happen, rows, run, steps
from tests.problems import assert_problem
from tests.serving import serving

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
    async with running(first, second):
        await happen(database, "a", 1, clock.now())
        await _all_published(database)
        (before,) = await rows(database, "SELECT holder, fence FROM lease")
        # As after a freeze of its process: another has taken the lease meanwhile, and is gone.
        await run(database, "UPDATE lease SET holder = gen_random_uuid(), expires_at = now()")
        await happen(database, "a", 2, clock.now())
        await _all_published(database)

        async def one_died() -> bool:
            return first.died.is_set() or second.died.is_set()

        (after,) = await rows(database, "SELECT holder, fence FROM lease")
        assert after.fence == before.fence + 1
        if after.holder != before.holder:
            await eventually(one_died, "the relay that lost its lease to end, not go on")


async def test_a_relay_that_is_stopped_lets_another_lead_at_once(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    settings = wired.model_copy(update={"lease_seconds": 3600})
    for number in range(3):
        await happen(database, "a", number, clock.now())
        async with running(Relay(database, settings, TOPICS)):
            await _all_published(database)
    (lease,) = await rows(database, "SELECT fence, expires_at <= now() AS is_over FROM lease")
    assert (lease.fence, lease.is_over) == (3, True)


async def test_a_relay_that_is_stopped_while_another_leads_opens_no_connection(
    wired: CatalogSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        assert await Lease.claim(RELAY_LEASE, 3600).hold(await get_raw_connection(session)) == 1
    open_connection, limits = Database.open_connection, list[float]()

    async def open_and_count(own_database: Database, limit_seconds: float) -> Connection:
        limits.append(limit_seconds)
        return await open_connection(own_database, limit_seconds)

    monkeypatch.setattr(Database, "open_connection", open_and_count)
    settings = wired.model_copy(update={"relay_poll_seconds": 60})
    with ProcessDuties().perform("relay") as duty:

        async def stands_by() -> bool:
            return duty.is_leader is False

        async with running(Relay(database, settings, TOPICS)):
            await eventually(stands_by, "the relay to stand by")
    assert limits == [settings.lease_seconds]
    (lease,) = await rows(database, "SELECT expires_at > now() AS is_held FROM lease")
    assert lease.is_held


async def test_a_leader_that_froze_in_a_transaction_holds_nobody_up_for_long(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    settings = wired.model_copy(update={"lease_seconds": 2})
    frozen = await database.open_connection(settings.lease_seconds)
    try:
        await frozen.transaction().start()
        assert await Lease.claim(RELAY_LEASE, settings.lease_seconds).hold(frozen) == 1
        await happen(database, "a", 1, clock.now())
        async with running(Relay(database, settings, TOPICS)):
            await _all_published(database)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await frozen.execute("UPDATE outbox SET published_at = NULL")
    finally:
        frozen.terminate()


async def test_a_relay_that_could_not_stamp_publishes_nothing(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    await happen(database, "a", 1, clock.now())
    async with database.engine.connect() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
    await run(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    relay = Mortal(Relay(database, wired, TOPICS))
    async with running(relay):
        await asyncio.wait_for(relay.died.wait(), 30)
    async with Cluster.connect(wired) as cluster:
        await cluster.ensure_topics(TOPICS)
    reader = AIOKafkaConsumer(bootstrap_servers=wired.kafka_bootstrap_servers)
    await reader.start()
    try:
        topic = wired.kafka_topic_prefix + ThingHappened.TOPIC
        partitions = [TopicPartition(topic, number) for number in range(wired.kafka_partitions)]
        assert set((await reader.end_offsets(partitions)).values()) == {0}
    finally:
        await reader.stop()


async def test_an_event_that_no_broker_takes_stops_its_key_and_nobody_else(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    for name, step in (("a", 1), ("a", 2), ("b", 1)):
        await happen(database, name, step, clock.now())
    spoil = "UPDATE outbox SET payload = convert_to(repeat('x', 2000000), 'UTF8') WHERE id ="
    await run(database, f"{spoil} (SELECT min(id) FROM outbox)")

    async def is_parked() -> bool:
        return bool(await rows(database, "SELECT 1 FROM outbox WHERE parked_at IS NOT NULL"))

    async with running(Relay(database, wired, TOPICS)):
        await eventually(is_parked, "the event to be parked")
        for step in range(2, 5):
            await happen(database, "b", step, clock.now())

        async def others_are_out() -> bool:
            return await _unpublished(database) == 2

        await eventually(others_are_out, "the events of the other key")
        parked_row, next_row = await rows(
            database, "SELECT * FROM outbox WHERE published_at IS NULL ORDER BY id"
        )
        assert (parked_row.key, next_row.key, next_row.parked_at) == ("a", "a", None)
        assert parked_row.park_reason == "MessageSizeTooLargeError"
        mend = "UPDATE outbox SET payload = :payload, parked_at = NULL WHERE parked_at IS NOT NULL"
        await run(
            database, mend, payload=ThingHappened(name="a", step=1).model_dump_json().encode()
        )
        await _all_published(database)


async def test_parked_events_are_let_go_when_mended_or_given_up_for_good(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    for name, step in (("a", 1), ("a", 2), ("b", 1), ("b", 2)):
        await happen(database, name, step, clock.now())
    spoil = "UPDATE outbox SET payload = convert_to(repeat('x', 2000000), 'UTF8') WHERE"
    await run(database, f"{spoil} id IN (SELECT min(id) FROM outbox GROUP BY key)")

    async def list_both(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await client.get("/ops/parked-events")).json()["items"]
        return items if len(items) == 2 else []

    async with serving(create(wired, clock)) as client, running(Relay(database, wired, TOPICS)):
        first, second = await eventually(lambda: list_both(client), "both events parked")
        assert (first["key"], first["reason"]) == ("a", "MessageSizeTooLargeError")
        assert (first["type"], first["payload_bytes"]) == (ThingHappened.TYPE, 2_000_000)
        page = (await client.get("/ops/parked-events", params={"limit": 1})).json()
        last_page = await client.get("/ops/parked-events", params={"cursor": page["next"]})
        assert [page["items"], last_page.json()["items"]] == [[first], [second]]

        payload = ThingHappened(name="a", step=1).model_dump_json().encode()
        mend = "UPDATE outbox SET payload = :payload WHERE id = :id"
        await run(database, mend, payload=payload, id=first["id"])
        parked = "/ops/parked-events"
        assert (await client.post(f"{parked}/{first['id']}/replay")).status_code == 204
        too_short = await client.post(f"{parked}/{second['id']}/discard", json={"reason": "no"})
        assert_problem(too_short, 422, "text.too_short")
        reason = {"reason": "It was too large, and is told anew."}
        discard = f"{parked}/{second['id']}/discard"
        assert (await client.post(discard, json=reason)).status_code == 204
        await _all_published(database)
        assert_problem(await client.post(discard, json=reason), 404, "parked_event.unknown")
        for number in (first["id"], 2**53 - 1):
            unknown = await client.post(f"{parked}/{number}/replay")
            assert_problem(unknown, 404, "parked_event.unknown")
        assert (await client.get(parked)).json()["items"] == []
    discarded = await rows(database, "SELECT * FROM outbox WHERE parked_at IS NOT NULL")
    assert [(row.id, row.park_reason) for row in discarded] == [(second["id"], reason["reason"])]
    await run(database, "UPDATE relay_state SET cluster_id = 'another'")

    async def is_new_cluster() -> bool:
        return not await rows(database, "SELECT 1 FROM relay_state WHERE cluster_id = 'another'")

    async with running(Relay(database, wired, TOPICS)):
        await eventually(is_new_cluster, "everything is published again")
        await _all_published(database)
    assert await rows(database, "SELECT * FROM outbox WHERE parked_at IS NOT NULL") == discarded


async def test_a_key_with_many_events_makes_no_other_wait(
    wired: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    settings = wired.model_copy(update={"relay_batch": 4})
    for step in range(60):
        await happen(database, "long", step, clock.now())
    for name in "abcdefgh":
        await happen(database, name, 1, clock.now())
    async with running(Relay(database, settings, TOPICS)):
        await _all_published(database)
    order = await rows(database, "SELECT key FROM outbox ORDER BY published_at, id")
    last_place = max(place for place, row in enumerate(order) if row.key != "long")
    assert last_place < 20, "each key had its turn"


async def test_an_event_that_is_too_large_is_refused_with_what_makes_it_so(
    database: Database, clock: ManualClock
) -> None:
    with pytest.raises(RuleViolation) as refusal:
        await happen(database, "x" * 1_000_000, 1, clock.now())
    assert refusal.value.rule == "event.too_large"
    assert refusal.value.values["part"] == "name"
    assert await rows(database, "SELECT * FROM outbox") == []


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
