"""The relay: publishes the outbox, in order, at least once.

One relay is active per database; the others wait for its lock. All its statements run on the
connection that holds the lock, so a relay that lost its connection cannot mark rows any more.

It selects what is not published, never `id > last`: ids are given before commits, so a lower id can
appear after a higher one. A round holds at most one event of a key: when one fails, none behind it
can overtake it.
"""

import asyncio
import json
from typing import Any

import asyncpg
from prometheus_client import Counter

from shared import logs
from shared.db import Connection, Database, wait_for_notification
from shared.messaging.kafka import Cluster, OutgoingRecord, Publisher
from shared.messaging.outbox import OUTBOX_CHANNEL
from shared.metrics.registry import PROCESS_REGISTRY
from shared.settings import Settings

RELAY_EVENTS = Counter(
    "attesta_relay_events",
    "Events given to the broker: acknowledged (published), or not (failed: tried again)",
    ["outcome"],
    registry=PROCESS_REGISTRY,
)
PUBLISHED_EVENTS = RELAY_EVENTS.labels("published")
FAILED_EVENTS = RELAY_EVENTS.labels("failed")

log = logs.get_logger(__name__)

_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('attesta.relay', 0))"
_SELECT_UNPUBLISHED = """
    SELECT id, recorded_at, topic, key, headers::text AS headers, payload FROM outbox
    WHERE published_at IS NULL ORDER BY id LIMIT $1
"""
_MARK_PUBLISHED = """
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE id = ANY($1) AND recorded_at BETWEEN $2 AND $3
"""
_SELECT_CLUSTER = "SELECT cluster_id FROM relay_state"
_UPSERT_CLUSTER = """
    INSERT INTO relay_state (cluster_id) VALUES ($1)
    ON CONFLICT (singleton) DO UPDATE SET cluster_id = excluded.cluster_id
"""
_RESET_PUBLISHED = "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL"


class PublishingFailed(Exception):
    """The broker did not acknowledge some events; they stay in the outbox."""


class Relay:
    """Publishes one database's outbox for as long as it holds that database's lock."""

    def __init__(self, database: Database, settings: Settings, topics: frozenset[str]) -> None:
        self._database = database
        self._settings = settings
        self._topics = topics

    async def run(self) -> None:
        """Waits for the lock, then publishes until something fails. Returns only by raising."""
        connection: Connection = await self._database.open_connection()
        try:
            while not await connection.fetchval(_TRY_LOCK):
                await asyncio.sleep(self._settings.relay_poll_seconds)
            await self._publish_as_leader(connection)
        finally:
            connection.terminate()

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
                    if not await self._publish_round(connection, publisher):
                        await wait_for_notification(notification, self._settings.relay_poll_seconds)

    async def _republish_to_new_cluster(self, connection: Connection, cluster_id: str) -> None:
        """Resets all retained events to unpublished when the cluster is another one.

        A cluster that was never published to has none of our events; consumers recognise repeated
        ones by their inbox.
        """
        async with connection.transaction():
            known_cluster_id = await connection.fetchval(_SELECT_CLUSTER)
            if known_cluster_id == cluster_id:
                return
            await connection.execute(_UPSERT_CLUSTER, cluster_id)
            if known_cluster_id is not None:
                command_tag = await connection.execute(_RESET_PUBLISHED, timeout=None)
                log.warning("relay.new_cluster", events=command_tag.removeprefix("UPDATE "))

    async def _publish_round(self, connection: Connection, publisher: Publisher) -> bool:
        """Publishes the first unpublished event of each key. False when there is none.

        Raises `PublishingFailed` when the broker did not acknowledge all.
        """
        rows = _select_first_per_key(
            await connection.fetch(_SELECT_UNPUBLISHED, self._settings.relay_batch)
        )
        if not rows:
            return False
        outcomes = await publisher.publish([_to_outgoing_record(row) for row in rows])
        published_rows = [
            row for row, failure in zip(rows, outcomes, strict=True) if failure is None
        ]
        if published_rows:
            recorded_instants = [row["recorded_at"] for row in published_rows]
            await connection.execute(
                _MARK_PUBLISHED,
                [row["id"] for row in published_rows],
                min(recorded_instants),
                max(recorded_instants),
            )
        failures = [failure for failure in outcomes if failure is not None]
        PUBLISHED_EVENTS.inc(len(published_rows))
        FAILED_EVENTS.inc(len(failures))
        if failures:
            raise PublishingFailed(f"{len(failures)} of {len(rows)} events") from failures[0]
        return True


async def watch_cluster(settings: Settings) -> None:
    """Returns when the broker's address leads to another cluster.

    A client that lives through that keeps offsets and producer state of a log that is gone, so the
    worker restarts its relay and its consumer.
    """
    async with Cluster.connect(settings) as cluster:
        first_id = await cluster.fetch_cluster_id()
        while await cluster.fetch_cluster_id() == first_id:
            await asyncio.sleep(settings.cluster_check_seconds)


def _select_first_per_key(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    first_rows: dict[tuple[str, str], asyncpg.Record] = {}
    for row in rows:
        first_rows.setdefault((row["topic"], row["key"]), row)
    return list(first_rows.values())


def _to_outgoing_record(row: asyncpg.Record) -> OutgoingRecord:
    headers: dict[str, Any] = json.loads(row["headers"])
    return OutgoingRecord(row["topic"], row["key"], headers, row["payload"])
