"""The relay: publishes the outbox, in the order of each key, at least once.

One relay leads per database, by lease; the others wait. A round is one transaction that holds the
lease: it claims, publishes and stamps, so a relay that lost the lead can mark nothing, and one that
could not stamp does not publish.

It selects what is not published, never `id > last`: ids are given before commits, so a lower id can
appear after a higher one. A round holds at most one event of a key: when one fails, none behind it
can overtake it. An event that no broker will ever take is parked with its reason; it stops its key
and nobody else.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from prometheus_client import Counter

from shared import logs
from shared.db import Connection, Database, wait_for_notification
from shared.duties import note_success
from shared.lease import Lease
from shared.messaging.kafka import Cluster
from shared.messaging.outbox import OUTBOX_CHANNEL, RELAY_LEASE
from shared.messaging.outbox_claims import FIRST_KEY, claim_events, park_event, stamp_events
from shared.messaging.publisher import OutgoingRecord, Publisher, is_permanent
from shared.metrics.registry import PROCESS_REGISTRY
from shared.settings import Settings

RELAY_EVENTS = Counter(
    "attesta_relay_events",
    "Events given to the broker: acknowledged (published), or not (failed: tried again; parked)",
    ["outcome"],
    registry=PROCESS_REGISTRY,
)
PUBLISHED_EVENTS = RELAY_EVENTS.labels("published")
FAILED_EVENTS = RELAY_EVENTS.labels("failed")
PARKED_EVENTS = RELAY_EVENTS.labels("parked")

log = logs.get_logger(__name__)

_SELECT_CLUSTER = "SELECT cluster_id FROM relay_state"
_UPSERT_CLUSTER = """
    INSERT INTO relay_state (cluster_id) VALUES ($1)
    ON CONFLICT (singleton) DO UPDATE SET cluster_id = excluded.cluster_id
"""
# What was given up keeps the time at which it was parked, and stays given up.
_RESET_PUBLISHED = """
    UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL AND parked_at IS NULL
"""

RELEASE_SECONDS = 2.0
"""So long a relay that ends tries to give its lease up."""

_UNLIMITED = "SET LOCAL statement_timeout = 0"


class PublishingFailed(Exception):
    """The broker did not acknowledge some events; they stay in the outbox."""


class LeadershipLost(Exception):
    """Another relay leads: this one begins again as a standby."""


class Relay:
    """Publishes one database's outbox for as long as it holds that database's lease."""

    def __init__(self, database: Database, settings: Settings, topics: frozenset[str]) -> None:
        self._database = database
        self._settings = settings
        self._topics = topics
        self._lease = Lease.claim(RELAY_LEASE, settings.lease_seconds)
        self._last_key = FIRST_KEY
        self._may_lead = False

    async def run(self) -> None:
        """Waits for the lease, then publishes until something fails. Returns only by raising.

        When it is cancelled while it leads, as at the end of its process, another can lead at once.
        """
        try:
            await self._lead_in_turn()
        except asyncio.CancelledError:
            if self._may_lead:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await self._release_lease()  # else it expires
            raise

    async def _lead_in_turn(self) -> None:
        connection = await self._database.open_connection(self._settings.lease_seconds)
        try:
            while not await self._hold_lease(connection):
                note_success(is_leader=False)
                await asyncio.sleep(self._settings.relay_poll_seconds)
            await self._publish_as_leader(connection)
        finally:
            connection.terminate()

    async def _release_lease(self) -> None:
        """By a connection of its own: the other one may have been in a transaction."""
        connection = await self._database.open_connection(RELEASE_SECONDS)
        try:
            await self._lease.release(connection)
        finally:
            connection.terminate()

    async def _hold_lease(self, connection: Connection) -> bool:
        self._may_lead = True  # also if it is cancelled before it knows
        async with connection.transaction():
            self._may_lead = await self._lease.hold(connection) is not None
        return self._may_lead

    async def _publish_as_leader(self, connection: Connection) -> None:
        notification = asyncio.Event()
        await connection.add_listener(OUTBOX_CHANNEL, lambda *_: notification.set())
        async with Cluster.connect(self._settings) as cluster:
            await cluster.ensure_topics(self._topics)
            await self._republish_to_new_cluster(connection, await cluster.fetch_cluster_id())
            async with Publisher.connect(self._settings) as publisher:
                log.info("relay.leading")
                while True:
                    notification.clear()
                    has_more = await self._publish_round(connection, publisher)
                    note_success(is_leader=True)
                    if not has_more:
                        await wait_for_notification(notification, self._settings.relay_poll_seconds)

    async def _republish_to_new_cluster(self, connection: Connection, cluster_id: str) -> None:
        """Resets all retained events to unpublished when the cluster is another one.

        A cluster that was never published to has none of our events; consumers recognise repeated
        ones by their inbox.
        """
        async with connection.transaction():
            await self._lead(connection)
            known_cluster_id = await connection.fetchval(_SELECT_CLUSTER)
            if known_cluster_id == cluster_id:
                return
            await connection.execute(_UPSERT_CLUSTER, cluster_id)
            if known_cluster_id is not None:
                await connection.execute(_UNLIMITED)
                command_tag = await connection.execute(_RESET_PUBLISHED, timeout=None)
                log.warning("relay.new_cluster", events=command_tag.removeprefix("UPDATE "))

    async def _lead(self, connection: Connection) -> None:
        if await self._lease.hold(connection) is None:
            raise LeadershipLost

    async def _publish_round(self, connection: Connection, publisher: Publisher) -> bool:
        """Publishes the first unpublished event of each key. False when there is none.

        Raises `PublishingFailed` when the broker did not acknowledge all, once the others are
        stamped, and `LeadershipLost`.
        """
        async with connection.transaction():
            await self._lead(connection)
            is_from_start = self._last_key == FIRST_KEY
            claim = await claim_events(connection, self._last_key, self._settings.relay_batch)
            self._last_key = claim.last_key
            outcomes = await publisher.publish([_to_outgoing_record(row) for row in claim.rows])
            failures = await self._settle(connection, publisher, claim.rows, outcomes)
        if failures:
            raise PublishingFailed(f"{len(failures)} of {len(claim.rows)} events") from failures[0]
        return bool(claim.rows) or not is_from_start

    async def _settle(
        self,
        connection: Connection,
        publisher: Publisher,
        rows: Sequence[asyncpg.Record],
        outcomes: Sequence[Exception | None],
    ) -> list[Exception]:
        """Stamps what is published and parks what never will be; the other failures.

        A broker refuses whole batches, so what it has refused for good is asked again alone.
        """
        published_rows, failures = [], []
        for row, outcome in zip(rows, outcomes, strict=True):
            failure = outcome
            if failure is not None and is_permanent(failure):
                (failure,) = await publisher.publish([_to_outgoing_record(row)])
            if failure is None:
                published_rows.append(row)
            elif is_permanent(failure):
                await park_event(connection, row, type(failure).__name__)
                PARKED_EVENTS.inc()
                log.error("relay.event_parked", event_id=row["id"], reason=type(failure).__name__)
            else:
                failures.append(failure)
        await stamp_events(connection, published_rows)
        PUBLISHED_EVENTS.inc(len(published_rows))
        FAILED_EVENTS.inc(len(failures))
        return failures


async def watch_cluster(settings: Settings) -> None:
    """Returns when the broker's address leads to another cluster.

    A client that lives through that keeps offsets and producer state of a log that is gone, so the
    worker restarts its relay and its consumer.
    """
    async with Cluster.connect(settings) as cluster:
        first_id = await cluster.fetch_cluster_id()
        while await cluster.fetch_cluster_id() == first_id:
            await asyncio.sleep(settings.cluster_check_seconds)


def _to_outgoing_record(row: asyncpg.Record) -> OutgoingRecord:
    headers: dict[str, Any] = json.loads(row["headers"])
    return OutgoingRecord(row["topic"], row["key"], headers, row["payload"])
