"""The consumer: one transaction for the inbox row and the handler; then the offset.

A failure that may pass is tried again, the partition waiting. One that will not, or did not, goes
to the dead letters, so that one bad event never stops the others. When not even that can be
written, the consumer gives up without committing the offset: the event comes again.
"""

import asyncio

from shared import logs, tracing
from shared.clock import Clock
from shared.db import Database
from shared.errors import DomainError
from shared.messaging import dead_letters, envelope, inbox
from shared.messaging.envelope import Record, Unreadable
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import Cluster, Subscription
from shared.settings import Settings

log = logs.logger(__name__)


class Consumer:
    """Handles the events of the topics that the handlers' event classes belong to."""

    def __init__(
        self, database: Database, settings: Settings, handlers: Handlers, clock: Clock
    ) -> None:
        self._database = database
        self._settings = settings
        self._handlers = handlers
        self._clock = clock
        self._subscription: Subscription | None = None

    async def check(self) -> None:
        """Raises, for readiness, while this process has no share of the events."""
        if self._subscription is None or not self._subscription.joined:
            raise RuntimeError("the consumer group has not taken this process in yet")

    async def run(self) -> None:
        """Consumes until something fails that waiting does not mend. Returns only by raising."""
        topics = {event.TOPIC for event in self._handlers}
        async with Cluster.connect(self._settings) as cluster:
            await cluster.ensure_topics(topics)
        async with Subscription.join(self._settings, sorted(topics)) as subscription:
            self._subscription = subscription
            try:
                while True:
                    async with asyncio.TaskGroup() as partitions:
                        for records in await subscription.batch():
                            partitions.create_task(self._partition(subscription, records))
            finally:
                self._subscription = None

    async def _partition(self, subscription: Subscription, records: list[Record]) -> None:
        for record in records:
            await self.handle(record)
        await subscription.commit(records[-1])

    async def handle(self, record: Record) -> None:
        """Handles one record to an end: handled, known, not ours, parked or a dead letter."""
        headers = record.headers
        with tracing.trace(headers.get("ce_correlationid"), headers.get("ce_traceparent")):
            for attempt in range(1, self._settings.consumer_attempts + 1):
                try:
                    return await self._once(record)
                except (DomainError, Unreadable) as error:
                    return await self._give_up(record, error, attempt)
                except Exception as error:
                    log.warning(
                        "event.failed",
                        attempt=attempt,
                        error=type(error).__name__,
                        event_id=record.event_id,
                        exc_info=True,
                    )
                    if attempt == self._settings.consumer_attempts:
                        return await self._give_up(record, error, attempt)
                    await asyncio.sleep(self._pause(attempt))

    async def _once(self, record: Record) -> None:
        received = envelope.read(record)
        handler = self._handlers.get(type(received.event)) if received else None
        if received is None or handler is None:
            return  # Another service's business: a topic carries all events of its aggregate.
        async with self._database.transaction() as session:
            if not await inbox.accept(session, received):
                return
            if await dead_letters.park_behind(session, record):
                return
            await handler(session, received.event, self._clock.now())
        log.info("event.handled", type=received.event.TYPE, event_id=str(received.id))

    async def _give_up(self, record: Record, error: Exception, attempts: int) -> None:
        reason, detail = dead_letters.diagnosis(error)
        await dead_letters.store(self._database, record, reason, detail, attempts)

    def _pause(self, attempt: int) -> float:
        doubled: float = self._settings.consumer_backoff_seconds * 2 ** (attempt - 1)
        return min(doubled, self._settings.consumer_backoff_limit_seconds)
