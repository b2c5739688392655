"""What the relay asks the outbox: the next event of each key, stamps, and events set apart.

A claim walks from key to key by an index, so it costs what it finds, however many events one key
has; the next claim goes on behind it, so that every key gets its turn. A key whose first event is
parked stands still, so that none overtakes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from shared.db import Connection

FIRST_KEY = ("", "")
"""Where a walk over topics and keys begins."""

_CLAIM = """
    WITH RECURSIVE keys AS (
        (SELECT topic, key FROM outbox
         WHERE published_at IS NULL AND (topic, key) > ($1, $2)
         ORDER BY topic, key LIMIT 1)
        UNION ALL
        SELECT next.topic, next.key FROM keys CROSS JOIN LATERAL (
            SELECT topic, key FROM outbox
            WHERE published_at IS NULL AND (topic, key) > (keys.topic, keys.key)
            ORDER BY topic, key LIMIT 1
        ) AS next
    )
    SELECT first.*
    FROM (SELECT topic, key FROM keys LIMIT $3) AS keys CROSS JOIN LATERAL (
        SELECT id, recorded_at, topic, key, headers::text AS headers, payload, parked_at
        FROM outbox
        WHERE published_at IS NULL AND outbox.topic = keys.topic AND outbox.key = keys.key
        ORDER BY id LIMIT 1
    ) AS first
"""
_STAMP = """
    UPDATE outbox SET published_at = clock_timestamp(), park_reason = NULL
    WHERE id = ANY($1) AND recorded_at BETWEEN $2 AND $3
"""
_PARK = """
    UPDATE outbox SET parked_at = clock_timestamp(), park_reason = $3
    WHERE id = $1 AND recorded_at = $2
"""


@dataclass(frozen=True, slots=True)
class EventClaim:
    """The first unpublished event of each of some keys, but for those that are parked."""

    rows: Sequence[asyncpg.Record]
    last_key: tuple[str, str]
    """Behind which the next claim goes on; `FIRST_KEY` where no keys are left."""


async def claim_events(connection: Connection, after: tuple[str, str], limit: int) -> EventClaim:
    """The first events of at most so many keys behind this one, in the order of keys."""
    rows = await connection.fetch(_CLAIM, *after, limit)
    last_key = (rows[-1]["topic"], rows[-1]["key"]) if len(rows) == limit else FIRST_KEY
    return EventClaim([row for row in rows if row["parked_at"] is None], last_key)


async def stamp_events(connection: Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Marks events as published."""
    if not rows:
        return
    instants = [row["recorded_at"] for row in rows]
    await connection.execute(_STAMP, [row["id"] for row in rows], min(instants), max(instants))


async def park_event(connection: Connection, row: asyncpg.Record, reason: str) -> None:
    """Sets an event apart that cannot be published: it and its key wait for an operator."""
    await connection.execute(_PARK, row["id"], row["recorded_at"], reason)
