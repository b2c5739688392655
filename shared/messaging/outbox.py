"""The outbox: events recorded in the same transaction as the change that they report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.events import Event
from shared.messaging import envelope
from shared.messaging.tables import outbox
from shared.tracing import read_trace_id

OUTBOX_CHANNEL = "outbox"
"""The NOTIFY channel that wakes the relay when a transaction with events commits."""


async def record_events(session: AsyncSession, *events: Event, now: datetime) -> None:
    """Records events to be published if, and only if, the session's transaction commits.

    Neither flushes the caller's changes nor commits. Events of one aggregate must be recorded under
    that aggregate's row lock: then their ids follow the order of the commits.
    """
    if not events:
        return
    rows = []
    for event in events:
        event_id = uuid4()
        rows.append(
            {
                "event_id": event_id,
                "topic": event.TOPIC,
                "key": event.key,
                "headers": envelope.build_headers(event, event_id, now),
                "payload": event.model_dump_json().encode(),
            }
        )
    await execute(session, insert(outbox), rows)
    # PostgreSQL sends one notification per transaction and channel, at commit.
    await execute(session, select(func.pg_notify(OUTBOX_CHANNEL, "")))


@dataclass(frozen=True, slots=True)
class UnpublishedEvent:
    """An event that waits for the relay: its type, when it was recorded, and in which trace."""

    type: str
    recorded_at: datetime
    trace_id: str | None


async def list_unpublished(session: AsyncSession, limit: int) -> Sequence[UnpublishedEvent]:
    """The events that wait for the relay, the oldest first."""
    headers = outbox.c.headers
    query = (
        select(headers["ce_type"].astext, outbox.c.recorded_at, headers["ce_traceparent"].astext)
        .where(outbox.c.published_at.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [
        UnpublishedEvent(row[0], row[1], read_trace_id(row[2]))
        for row in await execute(session, query)
    ]
