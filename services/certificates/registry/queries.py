"""The reads behind the API of the registry; the feed below the ORM, by prepared statements."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry import chain
from services.certificates.registry.models import FeedEntry, Manifest, Receipt
from shared.db import Connection, Pool, PooledConnection
from shared.errors import NotFound
from shared.metrics.database import count_rows

FeedRow = asyncpg.Record

# One statement, so one moment: what a page leaves out as erased, its head accounts for.
_PAGE_QUERY = """
    SELECT head.position AS head, entry.*,
        (SELECT chain FROM feed_entry WHERE position = $1) AS before_chain
    FROM feed_head AS head LEFT JOIN LATERAL (
        SELECT position, subject, subject_id, event, recorded_at, content, content_digest, digest,
            chain
        FROM feed_entry WHERE position > $1 ORDER BY position LIMIT $2
    ) AS entry ON true
    ORDER BY entry.position
"""
_HEAD_QUERY = "SELECT position, chain FROM feed_head"
_LATEST_QUERY = """
    SELECT DISTINCT ON (subject_id) subject_id, position, content
    FROM feed_entry WHERE position <= $1 ORDER BY subject_id, position DESC
"""
_DIFFERENCES_QUERY = """
    WITH ours AS (
        SELECT DISTINCT ON (subject_id) subject_id, position, content_digest AS digest, content
        FROM feed_entry WHERE position <= $1 ORDER BY subject_id, position DESC
    ), sent AS (
        SELECT id, (array_agg(digest))[1] AS digest, count(*) AS times
        FROM registry_copy GROUP BY id
    )
    SELECT coalesce(subject_id, id) AS id, position, content,
        CASE WHEN subject_id IS NULL THEN 'unknown_here' WHEN id IS NULL THEN 'missing_there'
            WHEN times > 1 THEN 'doubled_there' ELSE 'different' END AS difference
    FROM ours FULL JOIN sent ON id = subject_id
    WHERE subject_id IS NULL OR id IS NULL OR times > 1 OR sent.digest <> ours.digest
    ORDER BY position NULLS LAST, 1 LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Entries after a position, the chain there, and the last position of the feed."""

    entries: Sequence[FeedRow]
    before_chain: bytes
    head: int


async def get_feed_page(pool: Pool, after_position: int, limit: int) -> FeedPage:
    """At most `limit` entries after a position, all of one moment.

    Raises `NotFound` for a position that the feed does not have yet.
    """
    rows = await pool.fetch(_PAGE_QUERY, after_position, limit)
    before_chain = rows[0]["before_chain"] if after_position else chain.EMPTY_CHAIN
    if before_chain is None:
        raise NotFound("feed.position", "The feed has no such position yet.", field="#query/after")
    entries = [row for row in rows if row["position"] is not None]
    return FeedPage(entries, before_chain, rows[0]["head"])


async def get_feed_head(connection: "Connection | PooledConnection | Pool") -> tuple[int, bytes]:
    """The last position of the feed, and the chain there."""
    row = await connection.fetchrow(_HEAD_QUERY)
    assert row is not None, "the migration made it"
    return row["position"], row["chain"]


async def iterate_latest_entries(
    connection: "Connection | PooledConnection", position: int
) -> AsyncIterator[FeedRow]:
    """Every record as of a position, one after another, inside the connection's transaction."""
    async for row in connection.cursor(_LATEST_QUERY, position, prefetch=500):
        yield row


async def list_differences(connection: Connection, position: int, limit: int) -> Sequence[FeedRow]:
    """At most `limit` differences between the copy in the temporary table and the feed."""
    return await connection.fetch(_DIFFERENCES_QUERY, position, limit)


async def list_manifests(
    session: AsyncSession, after_day: date | None, limit: int
) -> Sequence[Manifest]:
    """Manifests of the days after `after_day`, oldest first."""
    query = select(Manifest).order_by(col(Manifest.day)).limit(limit)
    if after_day is not None:
        query = query.where(col(Manifest.day) > after_day)
    return (await session.exec(query)).all()


async def list_unacknowledged_entries(
    session: AsyncSession, after_position: int, limit: int, offset: int = 0
) -> Sequence[tuple[FeedEntry, str | None]]:
    """Entries that the registry has not entered, oldest first, each with its last refusal."""
    last_refusal = (
        select(Receipt.reason)
        .where(Receipt.position == FeedEntry.position)
        .order_by(col(Receipt.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(FeedEntry, last_refusal)
        .where(~col(FeedEntry.acknowledged), col(FeedEntry.position) > after_position)
        .order_by(col(FeedEntry.position))
        .offset(offset)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.exec(query)).all()]


async def count_unacknowledged_entries(session: AsyncSession) -> int:
    """How many there are, up to `COUNT_LIMIT`."""
    entries = select(FeedEntry.id).where(
        ~col(FeedEntry.acknowledged), col(FeedEntry.position).is_not(None)
    )
    return await count_rows(session, entries)


async def count_unsequenced_entries(session: AsyncSession) -> int:
    """How many entries have no position yet, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(FeedEntry.id).where(col(FeedEntry.position).is_(None)))


def select_unsequenced_times() -> Select[Any]:
    """When entries were recorded that have no position yet, the oldest first."""
    entries = select(FeedEntry.recorded_at).where(col(FeedEntry.position).is_(None))
    return entries.order_by(col(FeedEntry.id))


async def list_unsequenced_entries(session: AsyncSession, limit: int) -> Sequence[FeedEntry]:
    """The first entries without a position, the oldest first."""
    query = select(FeedEntry).where(col(FeedEntry.position).is_(None)).order_by(col(FeedEntry.id))
    return (await session.exec(query.limit(limit))).all()
