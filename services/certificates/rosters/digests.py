"""The signed digest of each civil day of each roster. Only `seal_rosters` commits.

A portal that has the events from `first` to `last` proves by it that it has them all: `digest` is
SHA-256 of their digests, joined. Each digest names the one before by its hash.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.content import EventDraft
from services.certificates.rosters.models import RosterDigest, RosterHead, Subscription
from services.certificates.rosters.numbering import append_events, choose_day, lock_roster_head
from services.certificates.rosters.rules import RosterEventKind, SubscriptionState
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock, civil_date
from shared.context import command_context
from shared.db import Database, execute

DIGEST_TYPE = "attesta-roster-digest+jws"
SEAL_JOB = "roster-seal"
SUBSCRIPTIONS_IN_BATCH = 500
_EMPTY_DIGEST = sha256(b"").digest()
_SUM_UP = text(
    """
    SELECT e.subscription_id, max(e.sequence) AS last,
           sha256(string_agg(e.digest, ''::bytea ORDER BY e.sequence)) AS digest
    FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:sequences AS bigint[]),
                CAST(:days AS date[])) AS sealed (subscription_id, sequence, day)
    JOIN roster_event AS e ON e.subscription_id = sealed.subscription_id
         AND e.sequence > sealed.sequence AND e.sequenced_on <= sealed.day
    GROUP BY e.subscription_id
    """
)
_LIST_PREVIOUS = text(
    """
    SELECT d.subscription_id, d.jws
    FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:days AS date[])) AS sealed (id, day)
    JOIN roster_digest AS d ON d.subscription_id = sealed.id AND d.day = sealed.day - 1
    """
)


async def seal_rosters(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Seals every day that is over in every roster; how many digests there were.

    First the head closes the days, so that no event enters them; then come the digests, in batches.
    Whoever dies in between leaves rosters that have days without one, and the next goes on.
    """
    async with database.transaction() as session:
        head = await lock_roster_head(session)
        yesterday = civil_date(clock.now(), settings.time_zone) - timedelta(days=1)
        if head.sealed_through is None or head.sealed_through < yesterday:
            head.sealed_through = yesterday

    async def seal_batch(session: AsyncSession) -> int:
        return await _seal_batch(command_context(session, clock.now(), settings, SEAL_JOB))

    return await database.run_in_batches(seal_batch)


async def _seal_batch(context: CertificatesContext) -> int:
    """Seals the first open day of some rosters; each tells it by an event of the new day."""
    head = await lock_roster_head(context.session)
    subscriptions = await _lock_unsealed(context.session, head)
    if not subscriptions:
        return 0
    sums = await _sum_up_days(context.session, subscriptions)
    previous = await _list_previous(context.session, subscriptions)
    drafts = []
    for subscription in subscriptions:
        claims = _describe_day(subscription, sums, previous.get(subscription.id))
        jws = context.settings.signer.sign(DIGEST_TYPE, {"digest": claims}, context.now)
        day = date.fromisoformat(str(claims["day"]))
        first, last = subscription.sealed_sequence + 1, int(str(claims["last"]))
        context.session.add(
            RosterDigest(subscription_id=subscription.id, day=day, first=first, last=last, jws=jws)
        )
        subscription.sealed_sequence = last
        subscription.unsealed_from = _next_unsealed_day(context, subscription, day)
        if subscription.state is SubscriptionState.OPEN:
            drafts.append(EventDraft(subscription.id, None, RosterEventKind.DAY_SEALED, claims))
    await context.session.flush()
    await append_events(context, choose_day(head, context.today), drafts)
    return len(subscriptions)


async def _lock_unsealed(session: AsyncSession, head: RosterHead) -> Sequence[Subscription]:
    query = (
        select(Subscription)
        .where(col(Subscription.unsealed_from) <= head.sealed_through)
        .order_by(col(Subscription.unsealed_from), col(Subscription.id))
        .limit(SUBSCRIPTIONS_IN_BATCH)
        .with_for_update(key_share=True)
    )
    return (await session.exec(query)).all()


async def _sum_up_days(
    session: AsyncSession, subscriptions: Sequence[Subscription]
) -> Mapping[UUID, Any]:
    """The last number and the digest of each roster's first open day, where it has events."""
    parameters = {
        "subscriptions": [subscription.id for subscription in subscriptions],
        "sequences": [subscription.sealed_sequence for subscription in subscriptions],
        "days": [subscription.unsealed_from for subscription in subscriptions],
    }
    return {row.subscription_id: row for row in await execute(session, _SUM_UP, parameters)}


async def _list_previous(
    session: AsyncSession, subscriptions: Sequence[Subscription]
) -> Mapping[UUID, str]:
    """The signed digest of the day before, where there is one."""
    parameters = {
        "subscriptions": [subscription.id for subscription in subscriptions],
        "days": [subscription.unsealed_from for subscription in subscriptions],
    }
    rows = await execute(session, _LIST_PREVIOUS, parameters)
    return {row.subscription_id: row.jws for row in rows}


def _describe_day(
    subscription: Subscription, sums: Mapping[UUID, Any], previous: str | None
) -> dict[str, object]:
    """What the digest says; `last` is `first - 1` and the digest that of nothing on an empty day.

    `enrolled` is how many certificates were watched when the day was sealed.
    """
    row = sums.get(subscription.id)
    first = subscription.sealed_sequence + 1
    return {
        "subscription": str(subscription.id),
        "day": str(subscription.unsealed_from),
        "first": first,
        "last": row.last if row else first - 1,
        "digest": (row.digest if row else _EMPTY_DIGEST).hex(),
        "enrolled": subscription.enrolled,
        "previous": sha256(previous.encode()).hexdigest() if previous else None,
    }


def _next_unsealed_day(
    context: CertificatesContext, subscription: Subscription, day: date
) -> date | None:
    """The day after, unless the subscription ended on this one, or before."""
    if subscription.ended_at is not None:
        ended_on = civil_date(subscription.ended_at, context.settings.time_zone)
        if ended_on <= day and subscription.sealed_sequence == subscription.last_sequence:
            return None
    return day + timedelta(days=1)
