"""Records of one partition on their way to the handlers, many in one transaction. None commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from shared import tracing
from shared.messaging import dead_letters, envelope, inbox
from shared.messaging.envelope import ReceivedEvent, Record, TracedEvent
from shared.messaging.inbox import BatchHandler, Handler, Handlers
from shared.tracing import Trace


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """A record whose event has a handler here, and the trace in which that runs."""

    record: Record
    received_event: ReceivedEvent
    handler: Handler
    trace: Trace


def read_deliveries(
    handlers: Handlers, records: Sequence[Record], traces: Sequence[Trace]
) -> list[EventDelivery]:
    """Those of the records that have a handler, in their order. Raises `UnreadableRecord`."""
    deliveries = []
    for record, trace in zip(records, traces, strict=True):
        received_event = envelope.read_event(record)
        handler = handlers.get(type(received_event.event)) if received_event else None
        if received_event is not None and handler is not None:
            deliveries.append(EventDelivery(record, received_event, handler, trace))
    return deliveries


async def handle_deliveries(
    session: AsyncSession, deliveries: Sequence[EventDelivery], now: datetime
) -> Sequence[EventDelivery]:
    """Handles deliveries of one partition in their order; those that were handled.

    Not those that the inbox knows, nor those of a key with a dead letter, which are parked. Raises
    what a handler raises; then the transaction is to be rolled back.
    """
    new_deliveries = await _accept_deliveries(session, deliveries)
    if not new_deliveries:
        return []
    records = [delivery.record for delivery in new_deliveries]
    blocked_keys = await dead_letters.park_blocked(session, records)
    ready = [x for x in new_deliveries if x.record.key_digest not in blocked_keys]
    for handler, deliveries_in_turn in groupby(ready, lambda delivery: delivery.handler):
        await _run_handler(session, handler, list(deliveries_in_turn), now)
    return ready


async def _accept_deliveries(
    session: AsyncSession, deliveries: Sequence[EventDelivery]
) -> list[EventDelivery]:
    """Those whose events are new; of an event that comes twice, the first."""
    by_id: Mapping[object, EventDelivery] = {
        delivery.received_event.id: delivery for delivery in reversed(deliveries)
    }
    received_events = [delivery.received_event for delivery in by_id.values()]
    new_ids = await inbox.accept_events(session, received_events)
    return [
        delivery
        for delivery in deliveries
        if delivery.received_event.id in new_ids and by_id[delivery.received_event.id] is delivery
    ]


async def _run_handler(
    session: AsyncSession, handler: Handler, deliveries: Sequence[EventDelivery], now: datetime
) -> None:
    if isinstance(handler, BatchHandler):
        events = [TracedEvent(x.received_event.event, x.trace) for x in deliveries]
        await handler.handle_events(session, events, now)
        return
    for delivery in deliveries:
        with tracing.run_under(delivery.trace):
            await handler(session, delivery.received_event.event, now)
            # The next one reads rows anew, as it would in a transaction of its own.
            await session.flush()
            session.expunge_all()
