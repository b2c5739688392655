"""Reading the registry's feed."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry import chain
from services.certificates.registry.models import FeedEntry, Manifest, Receipt
from shared.db import Connection, Pool
from shared.errors import NotFound

Row = asyncpg.Record

_PAGE = """
    SELECT position, subject, subject_id, event, recorded_at, content, digest, chain
    FROM feed_entry WHERE position > $1 ORDER BY position LIMIT $2
"""
_CHAIN = "SELECT chain FROM feed_entry WHERE position = $1"
_HEAD = "SELECT position, chain FROM feed_head"
_LATEST = """
    SELECT DISTINCT ON (subject_id) subject_id, position, digest, content
    FROM feed_entry WHERE position <= $1 ORDER BY subject_id, position DESC
"""
_DIFFERENCES = """
    WITH ours AS (
        SELECT DISTINCT ON (subject_id) subject_id, position, digest, content
        FROM feed_entry WHERE position <= $1 ORDER BY subject_id, position DESC
    ), sent AS (
        SELECT id, (array_agg(digest))[1] AS digest, count(*) AS times FROM theirs GROUP BY id
    )
    SELECT coalesce(subject_id, id) AS id, position, content,
        CASE WHEN subject_id IS NULL THEN 'unknown_here' WHEN id IS NULL THEN 'missing_there'
            WHEN times > 1 THEN 'doubled_there' ELSE 'different' END AS difference
    FROM ours FULL JOIN sent ON id = subject_id
    WHERE subject_id IS NULL OR id IS NULL OR times > 1 OR sent.digest <> ours.digest
    ORDER BY position NULLS LAST, 1 LIMIT $2
"""


async def page(pool: Pool, after: int, limit: int) -> tuple[Sequence[Row], bytes, int]:
    """Entries after a position, the chain at that position, and the last position there is.

    Raises `NotFound` for a position that the feed does not have yet.
    """
    before = chain.START if after == 0 else await pool.fetchval(_CHAIN, after)
    if before is None:
        raise NotFound("feed.position", "The feed has no such position yet.", field="#query/after")
    rows = await pool.fetch(_PAGE, after, limit)
    head = await pool.fetchrow(_HEAD)
    assert head is not None, "the migration made it"
    return rows, before, max(head["position"], rows[-1]["position"] if rows else 0)


async def head(connection: "Connection | Pool") -> tuple[int, bytes]:
    """The last position and the chain there."""
    found = await connection.fetchrow(_HEAD)
    assert found is not None, "the migration made it"
    return found["position"], found["chain"]


async def latest(connection: Connection, position: int) -> AsyncIterator[Row]:
    """Every record as of a position, one after another, inside the connection's transaction."""
    async for row in connection.cursor(_LATEST, position, prefetch=500):
        yield row


async def differences(connection: Connection, position: int, limit: int) -> Sequence[Row]:
    """How the copy in the temporary table `theirs` differs from ours as of a position."""
    return await connection.fetch(_DIFFERENCES, position, limit)


async def manifests(session: AsyncSession, after: date | None, limit: int) -> Sequence[Manifest]:
    """Manifests of the days after one, oldest first."""
    query = select(Manifest).order_by(col(Manifest.day)).limit(limit)
    if after is not None:
        query = query.where(col(Manifest.day) > after)
    return (await session.exec(query)).all()


async def unacknowledged(
    session: AsyncSession, after: int, limit: int
) -> Sequence[tuple[FeedEntry, str | None]]:
    """Entries that the registry has not entered, oldest first, each with its last refusal."""
    refusal = (
        select(Receipt.reason)
        .where(Receipt.position == FeedEntry.position)
        .order_by(col(Receipt.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(FeedEntry, refusal)
        .where(~col(FeedEntry.answered), col(FeedEntry.position) > after)
        .order_by(col(FeedEntry.position))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.exec(query)).all()]
