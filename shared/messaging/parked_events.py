"""Events that no broker takes, parked in the outbox with their reason: listed, let go, given up.

Later events of the same key wait behind one. The relay leaves it alone, so that nobody else writes
its row meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logs
from shared.db import execute
from shared.errors import NotFound
from shared.messaging.outbox import OUTBOX_CHANNEL
from shared.messaging.tables import outbox
from shared.metrics.database import count_rows
from shared.tracing import read_trace_id

PARKED_SORT_KEYS = [(outbox.c.id, int)]
"""By which pages of them are read: the oldest first."""
IS_PARKED = outbox.c.parked_at.is_not(None) & outbox.c.published_at.is_(None)
_HEADERS = outbox.c.headers
_SHOWN_COLUMNS = [
    *(outbox.c.id, outbox.c.topic, outbox.c.key, _HEADERS["ce_type"].astext.label("type")),
    *(
        func.octet_length(outbox.c.payload).label("payload_bytes"),
        outbox.c.park_reason.label("reason"),
    ),
    *(outbox.c.recorded_at, outbox.c.parked_at),
    _HEADERS["ce_traceparent"].astext.label("traceparent"),
]

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A parked event as it is shown, without its payload: that can be personal data."""

    id: int
    topic: str
    key: str
    type: str
    payload_bytes: int
    reason: str
    recorded_at: datetime
    parked_at: datetime
    trace_id: str | None


def select_parked() -> Select[Any]:
    """The parked events, in no order."""
    return select(*_SHOWN_COLUMNS).where(IS_PARKED)


def show_parked(row: Row[Any]) -> ParkedEvent:
    """A row of `select_parked` as it is shown."""
    columns = row._asdict()
    return ParkedEvent(trace_id=read_trace_id(columns.pop("traceparent")), **columns)


async def list_parked(session: AsyncSession, limit: int, offset: int = 0) -> Sequence[ParkedEvent]:
    """The parked events, the oldest first."""
    query = select_parked().order_by(outbox.c.id).offset(offset).limit(limit)
    return [show_parked(row) for row in await execute(session, query)]


async def count_parked(session: AsyncSession) -> int:
    """How many there are, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(outbox.c.id).where(IS_PARKED))


async def get_parked(session: AsyncSession, event_id: int) -> ParkedEvent:
    """The parked event of this number. Raises `NotFound`."""
    row = (await execute(session, select_parked().where(outbox.c.id == event_id))).first()
    if row is None:
        raise _unknown(event_id)
    return show_parked(row)


async def replay_parked(session: AsyncSession, event_id: int) -> None:
    """Lets the relay try the event again, and those behind it after it. Raises `NotFound`."""
    await _settle(session, event_id, parked_at=None, park_reason=None)
    log.info("relay.event_replayed", event_id=event_id)


async def discard_parked(session: AsyncSession, event_id: int, reason: str) -> None:
    """Gives the event up for good, for a stated reason; those behind it go. Raises `NotFound`.

    It keeps the time at which it was parked: that tells it from one that was published.
    """
    await _settle(session, event_id, published_at=func.clock_timestamp(), park_reason=reason)
    log.warning("relay.event_discarded", event_id=event_id)


async def _settle(session: AsyncSession, event_id: int, **values: Any) -> None:
    statement = update(outbox).where(_is_event(event_id)).values(values).returning(outbox.c.id)
    if (await execute(session, statement)).first() is None:
        raise _unknown(event_id)
    await execute(session, select(func.pg_notify(OUTBOX_CHANNEL, "")))


def _is_event(event_id: int) -> ColumnElement[bool]:
    return (outbox.c.id == event_id) & IS_PARKED


def _unknown(event_id: int) -> NotFound:
    return NotFound("parked_event.unknown", f"There is no parked event {event_id}.")
