"""The inbox: the events that this database has accepted, so that none takes effect twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.db import execute
from shared.events import Event
from shared.messaging.envelope import ReceivedEvent, TracedEvent

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[None]]
"""`on_<event>(session, event, now)`: changes state in the given transaction and never commits."""

HandleEvents = Callable[[AsyncSession, Sequence[TracedEvent[Any]], datetime], Awaitable[None]]
"""`on_<events>(session, events, now)`: the same for events of one type, each in its own trace."""


@dataclass(frozen=True, slots=True)
class BatchHandler:
    """A handler that takes many events of its type at once, for a fraction of what each costs.

    They come in their order. What it raises takes all of them back, and they are handled again in
    halves, down to the one that is at fault: so each stands or falls alone, as with a savepoint.
    """

    handle_events: HandleEvents

    async def __call__(self, session: AsyncSession, event: Any, now: datetime) -> None:
        """Handles one event, as every handler does."""
        await self.handle_events(session, [TracedEvent(event, tracing.current_trace())], now)


Handlers = Mapping[type[Event], Handler]
"""What a service does with which event."""

_ENTER_EVENTS = text(
    """
    INSERT INTO inbox (event_id, type)
    SELECT event_id, type FROM unnest(CAST(:ids AS uuid[]), CAST(:types AS text[]))
        AS received (event_id, type)
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


async def accept_event(session: AsyncSession, received_event: ReceivedEvent) -> bool:
    """Enters the event into the inbox; False when it is there already.

    While another transaction is entering the same event, this waits for that one's outcome.
    """
    return received_event.id in await accept_events(session, [received_event])


async def accept_events(
    session: AsyncSession, received_events: Sequence[ReceivedEvent]
) -> set[UUID]:
    """Enters events into the inbox; the ids of those that were not there. It waits likewise."""
    in_one_order = sorted(received_events, key=lambda received_event: received_event.id)
    parameters = {
        "ids": [received_event.id for received_event in in_one_order],
        "types": [received_event.event.TYPE for received_event in in_one_order],
    }
    return {row.event_id for row in await execute(session, _ENTER_EVENTS, parameters)}
