"""Numbers of events: dense in each subscription, given under its lock and that of the head.

None commits. A rollback returns the numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.content import EventDraft, build_content, digest_content
from services.certificates.rosters.models import RosterHead
from services.certificates.settings import CertificatesContext
from shared.db import execute, get_raw_connection

ROSTER_CHANNEL = "roster_event"
"""The NOTIFY channel of new events; the payload is the subscription's id."""

_EVENT_COLUMNS = (
    *("subscription_id", "sequence", "sequenced_on"),
    *("certificate_id", "kind", "content", "digest"),
)
_TAKE_NUMBERS = text(
    "UPDATE subscription SET last_sequence = last_sequence + taken.number "
    "FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:numbers AS bigint[])) "
    "AS taken (subscription_id, number) WHERE id = taken.subscription_id "
    "RETURNING id, last_sequence - taken.number AS before"
)
_NOTIFY = text(
    "SELECT pg_notify(:channel, CAST(subscription_id AS text)) "
    "FROM unnest(CAST(:subscriptions AS uuid[])) AS subscription_id"
)


async def lock_roster_head(session: AsyncSession) -> RosterHead:
    """Locks the end of all rosters: nobody else numbers or seals until the transaction ends."""
    query = select(RosterHead).with_for_update()
    return (await session.exec(query)).one()


def choose_day(head: RosterHead, today: date) -> date:
    """The day of events numbered now: no sealed one, and none before the last event's.

    Whatever the clocks of several machines say; the head keeps it.
    """
    candidates = [today]
    if head.sequenced_on is not None:
        candidates.append(head.sequenced_on)
    if head.sealed_through is not None:
        candidates.append(head.sealed_through + timedelta(days=1))
    head.sequenced_on = max(candidates)
    return head.sequenced_on


async def append_events(
    context: CertificatesContext, day: date, drafts: Sequence[EventDraft]
) -> None:
    """Numbers events of locked subscriptions, in this order, and stores them as events of the day.

    The head is locked. Those who wait for events are woken by the commit.
    """
    if not drafts:
        return
    session = context.session
    sequences = await _take_numbers(session, drafts)
    rows = []
    for draft in drafts:
        sequences[draft.subscription_id] += 1
        sequence = sequences[draft.subscription_id]
        content = build_content(draft, sequence, context.now)
        rows.append(
            (
                *(draft.subscription_id, sequence, day, draft.certificate_id, draft.kind.value),
                *(content.decode(), digest_content(content)),
            )
        )
    await session.flush()
    connection = await get_raw_connection(session)
    await connection.copy_records_to_table("roster_event", records=rows, columns=_EVENT_COLUMNS)
    await execute(session, _NOTIFY, {"channel": ROSTER_CHANNEL, "subscriptions": list(sequences)})


async def _take_numbers(session: AsyncSession, drafts: Sequence[EventDraft]) -> dict[UUID, int]:
    """Moves each subscription on by the number of its events; the last number before, by id."""
    counts: Mapping[UUID, int] = Counter(draft.subscription_id for draft in drafts)
    parameters = {"subscriptions": list(counts), "numbers": list(counts.values())}
    return {row.id: row.before for row in await execute(session, _TAKE_NUMBERS, parameters)}
