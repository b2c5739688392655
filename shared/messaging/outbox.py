"""The outbox: events recorded in the same transaction as the change that they report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.db import EVENT_LIMIT, execute
from shared.errors import RuleViolation
from shared.events import Event
from shared.messaging import envelope
from shared.messaging.envelope import TracedEvent
from shared.messaging.tables import outbox
from shared.tracing import read_trace_id

RELAY_LEASE = "relay"
"""The name of the lease by which one relay leads."""
OUTBOX_CHANNEL = "outbox"
"""The NOTIFY channel that wakes the relay when a transaction with events commits."""


async def record_events(session: AsyncSession, *events: Event, now: datetime) -> None:
    """Records events to be published if, and only if, the session's transaction commits.

    Neither flushes the caller's changes nor commits. Events of one aggregate must be recorded under
    that aggregate's row lock: then their ids follow the order of the commits. Raises
    `RuleViolation` where one is larger than a broker takes: it would stop its key for ever.
    """
    await _insert_rows(session, [_build_row(event, now, session) for event in events])


async def record_traced_events(
    session: AsyncSession, events: Sequence[TracedEvent[Event]], *, now: datetime
) -> None:
    """The same for events each of which has a trace of its own, such as its cause's."""
    rows = []
    for traced_event in events:
        with tracing.run_under(traced_event.trace):
            rows.append(_build_row(traced_event.event, now, session))
    await _insert_rows(session, rows)


async def _insert_rows(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    await execute(session, insert(outbox), rows)
    # PostgreSQL sends one notification per transaction and channel, at commit.
    await execute(session, select(func.pg_notify(OUTBOX_CHANNEL, "")))


def _build_row(event: Event, now: datetime, session: AsyncSession) -> dict[str, Any]:
    event_id = uuid4()
    row = {
        "event_id": event_id,
        "topic": event.TOPIC,
        "key": event.key,
        "headers": envelope.build_headers(event, event_id, now),
        "payload": event.model_dump_json().encode(),
    }
    _check_size(event, row, session.info[EVENT_LIMIT])
    return row


def _check_size(event: Event, row: Mapping[str, Any], limit_bytes: int) -> None:
    header_bytes = sum(len(name) + len(value.encode()) for name, value in row["headers"].items())
    size_bytes = len(row["payload"]) + len(row["key"].encode()) + header_bytes
    if size_bytes <= limit_bytes:
        return
    part, part_bytes = _find_largest_part(json.loads(row["payload"]))
    raise RuleViolation(
        "event.too_large",
        f"What is to be told to the other services ({event.TYPE}) has {size_bytes:,} bytes, and"
        f" {limit_bytes:,} can be told at once; {part_bytes:,} of them are in {part}: shorten it.",
        values={"size": size_bytes, "limit": limit_bytes, "part": part, "part_size": part_bytes},
    )


def _find_largest_part(data: Any) -> tuple[str, int]:
    """The innermost member that makes up most of an event, by its names, and its size in bytes."""
    names: list[str] = []
    size_bytes = _measure(data)
    while isinstance(data, dict) and data:
        name = max(data, key=lambda member: _measure(data[member]))
        if _measure(data[name]) * 2 < size_bytes:
            break
        names.append(name)
        data = data[name]
        size_bytes = _measure(data)
    return ".".join(names) or "data", size_bytes


def _measure(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False).encode())


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
