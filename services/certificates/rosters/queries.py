"""Reads of rosters: a portal's own subscriptions, who is enrolled and how they stand, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import AwareDatetime
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.models import EnrolmentJob, RosterDigest, Subscription
from shared.db import Pool
from shared.errors import Gone, NotFound
from shared.paging import get_newest_page

_ROSTER_QUERY = """
    SELECT e.id, c.number, e.until, e.enrolled_at
    FROM enrolment AS e JOIN certificate AS c ON c.id = e.certificate_id
    WHERE e.subscription_id = $1 AND e.id > $2 AND e.ended_at IS NULL ORDER BY e.id LIMIT $3
"""
_DIGEST_QUERY = """
    SELECT left(encode(sha256(convert_to(coalesce(string_agg(
        concat_ws(' ', e.id, e.until, c.revision), ',' ORDER BY e.id), ''), 'UTF8')), 'hex'), 32)
    FROM enrolment AS e JOIN certificate AS c ON c.id = e.certificate_id
    WHERE e.subscription_id = $1 AND e.ended_at IS NULL
"""
_ENROLMENT_QUERY = """
    SELECT e.id, c.number, e.until, e.enrolled_at
    FROM certificate AS c JOIN enrolment AS e ON e.certificate_id = c.id
    WHERE c.number = $2 AND e.subscription_id = $1 AND e.ended_at IS NULL
"""
_POSITION_QUERY = """
    SELECT last_sequence, erased_at IS NOT NULL AS erased FROM subscription
    WHERE id = $1 AND employer = $2
"""
_EVENTS_QUERY = """
    SELECT sequence, content FROM roster_event
    WHERE subscription_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
"""
_LATEST_EVENTS_QUERY = """
    SELECT sequence, content FROM roster_event
    WHERE subscription_id = $1 AND sequence < $2 AND content IS NOT NULL
    ORDER BY sequence DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """An active enrolment: its id, the certificate's number, its own last day if it has one."""

    id: int
    number: str
    until: date | None
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a position as the bytes that were hashed, and the roster's last number."""

    contents: Sequence[str]
    last_sequence: int


async def get_subscription(
    session: AsyncSession, employer: str, subscription_id: UUID
) -> Subscription:
    """A subscription of this employer. Raises `NotFound`, also for another's."""
    row = await session.get(Subscription, subscription_id)
    return _check_own(row, employer)


async def lock_subscription(
    session: AsyncSession, employer: str, subscription_id: UUID
) -> Subscription:
    """The same, locked until the transaction ends. Raises `NotFound`."""
    row = await session.get(Subscription, subscription_id, with_for_update={"key_share": True})
    return _check_own(row, employer)


def _check_own(row: Subscription | None, employer: str) -> Subscription:
    if row is None or row.employer != employer:
        raise NotFound("subscription.unknown", "You have no such subscription.")
    return row


async def list_subscriptions(
    session: AsyncSession, employer: str, cursor: str | None, limit: int
) -> tuple[Sequence[Subscription], str | None]:
    """A page of the employer's subscriptions, the newest first, and the next one's cursor."""
    query = select(Subscription).where(Subscription.employer == employer)
    sort_keys = [(col(Subscription.created_at), AwareDatetime), (col(Subscription.id), UUID)]
    return await get_newest_page(session, query, sort_keys, cursor, limit)


async def list_roster(
    pool: Pool, subscription_id: UUID, after_id: int, limit: int
) -> list[RosterEntry]:
    """Active enrolments after an id, in the order of enrolment."""
    rows = await pool.fetch(_ROSTER_QUERY, subscription_id, after_id, limit)
    return [RosterEntry(*row) for row in rows]


async def digest_roster(pool: Pool, subscription_id: UUID) -> str:
    """What is another as soon as an enrolment or a certificate on the roster is."""
    return str(await pool.fetchval(_DIGEST_QUERY, subscription_id))


async def find_enrolment(pool: Pool, subscription_id: UUID, number: str) -> RosterEntry | None:
    """The active enrolment of the certificate with this number, if there is one."""
    row = await pool.fetchrow(_ENROLMENT_QUERY, subscription_id, number)
    return None if row is None else RosterEntry(*row)


async def get_last_sequence(pool: Pool, employer: str, subscription_id: UUID) -> int:
    """The number of the last event. Raises `NotFound`, also for another's subscription."""
    return (await _get_position(pool, employer, subscription_id))[0]


async def _get_position(pool: Pool, employer: str, subscription_id: UUID) -> tuple[int, bool]:
    row = await pool.fetchrow(_POSITION_QUERY, subscription_id, employer)
    if row is None:
        raise NotFound("subscription.unknown", "You have no such subscription.")
    return row["last_sequence"], row["erased"]


async def get_events(
    pool: Pool, employer: str, subscription_id: UUID, after: int, limit: int
) -> EventPage:
    """At most `limit` events after a number; none when there are no later ones.

    Raises `NotFound` for another's subscription or a number that it does not have yet, `Gone` when
    the next event is no longer kept.
    """
    last_sequence, is_erased = await _get_position(pool, employer, subscription_id)
    if after > last_sequence:
        raise NotFound("roster.position", "The roster has no such event yet.", field="#query/after")
    if after == last_sequence:
        return EventPage((), last_sequence)
    rows = await pool.fetch(_EVENTS_QUERY, subscription_id, after, limit)
    if is_erased or not rows or rows[0]["sequence"] != after + 1 or rows[0]["content"] is None:
        raise Gone(
            "roster.gone",
            "Events after this number are no longer kept. Take the roster, and go on from there.",
            field="#query/after",
        )
    return EventPage([row["content"] for row in rows], max(last_sequence, rows[-1]["sequence"]))


async def list_latest_events(
    pool: Pool, subscription_id: UUID, before: int, limit: int
) -> list[str]:
    """The contents of the last events before a number, the newest first; of people's pages."""
    rows = await pool.fetch(_LATEST_EVENTS_QUERY, subscription_id, before, limit)
    return [row["content"] for row in rows]


async def get_digest(session: AsyncSession, subscription_id: UUID, day: date) -> RosterDigest:
    """The digest of a day. Raises `NotFound` for a day that is not sealed, or was before it."""
    row = await session.get(RosterDigest, (subscription_id, day))
    if row is None:
        raise NotFound("digest.unsealed", "There is no digest of this day, or not yet.")
    return row


async def list_digests(
    session: AsyncSession, subscription_id: UUID, after: date | None, limit: int
) -> Sequence[RosterDigest]:
    """Digests of later days than `after`, or all, the oldest first."""
    query = select(RosterDigest).where(RosterDigest.subscription_id == subscription_id)
    if after is not None:
        query = query.where(col(RosterDigest.day) > after)
    return (await session.exec(query.order_by(col(RosterDigest.day)).limit(limit))).all()


async def get_job(session: AsyncSession, subscription_id: UUID, job_id: UUID) -> EnrolmentJob:
    """The job of this subscription. Raises `NotFound`."""
    row = await session.get(EnrolmentJob, job_id)
    if row is None or row.subscription_id != subscription_id:
        raise NotFound("job.unknown", "You have no such job; jobs are kept for some days.")
    return row


async def list_jobs(
    session: AsyncSession, subscription_id: UUID, limit: int
) -> Sequence[EnrolmentJob]:
    """The latest jobs of a subscription, the newest first."""
    query = (
        select(EnrolmentJob)
        .where(EnrolmentJob.subscription_id == subscription_id)
        .order_by(col(EnrolmentJob.created_at).desc())
        .limit(limit)
    )
    return (await session.exec(query)).all()
