"""The relay: publishes the outbox, in order, at least once.

One relay is active per database; the others wait for its lock. All its statements run on the
connection that holds the lock, so a relay that lost its connection cannot stamp any more.

It selects what is not published, never `id > last`: ids are given before commits, so a lower id can
appear after a higher one. A round holds at most one event of a key: when one fails, none behind it
can overtake it.
"""

import asyncio
import json
from typing import Any

import asyncpg

from shared import logs
from shared.db import Connection, Database, pause
from shared.messaging.kafka import Cluster, Outgoing, Publisher
from shared.messaging.outbox import CHANNEL
from shared.settings import Settings

log = logs.logger(__name__)

_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('attesta.relay', 0))"
_UNPUBLISHED = """
    SELECT id, recorded_at, topic, key, headers::text AS headers, payload FROM outbox
    WHERE published_at IS NULL ORDER BY id LIMIT $1
"""
_STAMP = """
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE id = ANY($1) AND recorded_at BETWEEN $2 AND $3
"""
_KNOWN_CLUSTER = "SELECT cluster_id FROM relay_state"
_REMEMBER_CLUSTER = """
    INSERT INTO relay_state (cluster_id) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET cluster_id = excluded.cluster_id
"""
_PUBLISH_AGAIN = "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL"


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
        connection: Connection = await self._database.raw()
        try:
            while not await connection.fetchval(_LOCK):
                await asyncio.sleep(self._settings.relay_poll_seconds)
            await self._lead(connection)
        finally:
            connection.terminate()

    async def _lead(self, connection: Connection) -> None:
        woken = asyncio.Event()
        await connection.add_listener(CHANNEL, lambda *_: woken.set())
        async with Cluster.connect(self._settings) as cluster:
            await cluster.ensure_topics(self._topics)
            await self._recognise(connection, await cluster.id())
            async with Publisher.connect(self._settings) as publisher:
                log.info("relay.leading")
                while True:
                    woken.clear()
                    if not await self._round(connection, publisher):
                        await pause(woken, self._settings.relay_poll_seconds)

    async def _recognise(self, connection: Connection, cluster_id: str) -> None:
        """A cluster that we never published to has none of our events: publish them again.

        Consumers know by their inbox what they have handled already.
        """
        async with connection.transaction():
            known = await connection.fetchval(_KNOWN_CLUSTER)
            if known == cluster_id:
                return
            await connection.execute(_REMEMBER_CLUSTER, cluster_id)
            if known is not None:
                again = await connection.execute(_PUBLISH_AGAIN, timeout=None)
                log.warning("relay.new_cluster", events=again.removeprefix("UPDATE "))

    async def _round(self, connection: Connection, publisher: Publisher) -> bool:
        """Publishes the first unpublished event of each key. False when there is none."""
        rows = _first_of_each_key(await connection.fetch(_UNPUBLISHED, self._settings.relay_batch))
        if not rows:
            return False
        outcomes = await publisher.publish([_outgoing(row) for row in rows])
        done = [row for row, failure in zip(rows, outcomes, strict=True) if failure is None]
        if done:
            instants = [row["recorded_at"] for row in done]
            await connection.execute(
                _STAMP, [row["id"] for row in done], min(instants), max(instants)
            )
        failures = [failure for failure in outcomes if failure is not None]
        if failures:
            raise PublishingFailed(f"{len(failures)} of {len(rows)} events") from failures[0]
        return True


async def watch_cluster(settings: Settings) -> None:
    """Returns when the broker behind the address has become another cluster.

    A client that lives through that keeps offsets and producer state of a log that is gone, so the
    worker starts its relay and its consumer anew.
    """
    async with Cluster.connect(settings) as cluster:
        first = await cluster.id()
        while await cluster.id() == first:
            await asyncio.sleep(settings.cluster_check_seconds)


def _first_of_each_key(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    first: dict[tuple[str, str], asyncpg.Record] = {}
    for row in rows:
        first.setdefault((row["topic"], row["key"]), row)
    return list(first.values())


def _outgoing(row: asyncpg.Record) -> Outgoing:
    headers: dict[str, Any] = json.loads(row["headers"])
    return Outgoing(row["topic"], row["key"], headers, row["payload"])
