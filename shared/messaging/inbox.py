"""The inbox: the events that this database has accepted, so that none takes effect twice."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db import execute
from shared.events import Event
from shared.messaging.envelope import ReceivedEvent
from shared.messaging.tables import inbox

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[None]]
"""`on_<event>(session, event, now)`: changes state in the given transaction and never commits."""

Handlers = Mapping[type[Event], Handler]
"""What a service does with which event."""


async def accept_event(session: AsyncSession, received_event: ReceivedEvent) -> bool:
    """Enters the event into the inbox; False when it is there already.

    While another transaction is entering the same event, this waits for that one's outcome.
    """
    entry = (
        insert(inbox)
        .values(event_id=received_event.id, type=received_event.event.TYPE)
        .on_conflict_do_nothing()
        .returning(inbox.c.event_id)
    )
    return (await execute(session, entry)).first() is not None
