"""The consumer: one transaction for the inbox rows and the handlers of a batch; then the offset.

Each partition is followed by itself, and none waits for another. A batch that fails is halved down
to the event that is at fault. A transient failure of that is retried with a growing pause, its
partition waiting. A permanent one, or one that outlasts the attempts, goes to the dead letters, so
that one bad event never stops the others.
When not even that can be written, the consumer fails without committing the offset: the event is
delivered again.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from prometheus_client.core import Metric

from shared import logs, tracing
from shared.clock import Clock
from shared.db import Database
from shared.duties import note_success
from shared.errors import DomainError
from shared.messaging import dead_letters, envelope
from shared.messaging.deliveries import handle_deliveries, read_deliveries
from shared.messaging.envelope import Record, UnreadableRecord
from shared.messaging.inbox import Handlers
from shared.messaging.kafka import Cluster
from shared.messaging.subscription import Partition, TopicSubscription
from shared.metrics.families import build_labelled_gauge
from shared.settings import Settings
from shared.tracing import Trace

log = logs.get_logger(__name__)


class Consumer:
    """Handles the events of the topics that the handlers' event classes belong to."""

    def __init__(
        self, database: Database, settings: Settings, handlers: Handlers, clock: Clock
    ) -> None:
        self._database = database
        self._settings = settings
        self._handlers = handlers
        self._clock = clock
        self._subscription: TopicSubscription | None = None

    async def check_membership(self) -> None:
        """The readiness check: raises `RuntimeError` while the group has not taken it in."""
        if self._subscription is None or not self._subscription.is_joined:
            raise RuntimeError("the consumer group has not taken this process in yet")

    async def read_lag(self, _limit_seconds: float) -> Sequence[Metric]:
        """The gauge of records that this process has yet to handle; 0 without partitions."""
        lags = Counter[str]()
        for (topic, _), records in (await self.measure_lag()).items():
            lags[topic] += records
        topics = {event_class.TOPIC for event_class in self._handlers}
        return [
            build_labelled_gauge(
                "attesta_consumer_lag_records",
                "Records of this process's partitions that it has yet to handle, by topic",
                ["topic"],
                {(topic,): lags[topic] for topic in sorted(topics)},
            )
        ]

    async def measure_lag(self) -> Mapping[tuple[str, int], int]:
        """The records that this process has yet to handle, by topic and partition; asks Kafka."""
        subscription = self._subscription
        if subscription is None or not subscription.is_joined:
            return {}
        return await subscription.measure_lag()

    async def run(self) -> None:
        """Consumes until a failure that retries do not mend. Returns only by raising."""
        topics = {event_class.TOPIC for event_class in self._handlers}
        async with Cluster.connect(self._settings) as cluster:
            await cluster.ensure_topics(topics)
        async with TopicSubscription.join(self._settings, sorted(topics)) as subscription:
            self._subscription = subscription
            try:
                await subscription.follow_partitions(partial(self._follow_partition, subscription))
            finally:
                self._subscription = None

    async def _follow_partition(
        self, subscription: TopicSubscription, partition: Partition
    ) -> None:
        while True:
            batch_events = self._settings.consumer_batch_events
            records = await subscription.fetch_batch(partition, batch_events)
            if records:
                await self.handle_records(records)
                await subscription.commit_up_to(records[-1])
            note_success()

    async def handle_records(self, records: Sequence[Record]) -> None:
        """Handles records of one partition to an end, in their order.

        In one transaction where nothing fails; else in halves, down to the record that is at fault,
        which is handled as `handle_record` says.
        """
        if len(records) == 1:
            return await self.handle_record(records[0])
        try:
            await self._handle_batch(records)
        except Exception as error:
            _obey_cancellation()
            log.info("consumer.batch_halved", records=len(records), error=type(error).__name__)
        else:
            return None
        middle = len(records) // 2
        await self.handle_records(records[:middle])
        await self.handle_records(records[middle:])

    async def _handle_batch(self, records: Sequence[Record]) -> None:
        traces = [envelope.begin_trace(record) for record in records]
        await self._attempt_records(records, traces)
        for trace in traces:  # what is taken back is begun again, and leaves no span
            trace.span.end()

    async def handle_record(self, record: Record) -> None:
        """Handles one record to an end: handled, repeated, not ours, parked or a dead letter."""
        with envelope.continue_trace(record) as trace:
            for attempt in range(1, self._settings.consumer_attempts + 1):
                try:
                    return await self._attempt_records([record], [trace])
                except (DomainError, UnreadableRecord) as error:
                    return await self._store_dead_letter(record, error, attempt)
                except Exception as error:
                    _obey_cancellation()
                    log.warning(
                        "event.failed",
                        attempt=attempt,
                        error=type(error).__name__,
                        event_id=record.event_id,
                        exc_info=True,
                    )
                    if attempt == self._settings.consumer_attempts:
                        return await self._store_dead_letter(record, error, attempt)
                    await asyncio.sleep(self._retry_pause(attempt))

    async def _attempt_records(self, records: Sequence[Record], traces: Sequence[Trace]) -> None:
        deliveries = read_deliveries(self._handlers, records, traces)
        if not deliveries:
            return  # Another service's business: a topic carries all events of its aggregate.
        async with self._database.transaction() as session:
            handled_deliveries = await handle_deliveries(session, deliveries, self._clock.now())
        for delivery in handled_deliveries:
            with tracing.run_under(delivery.trace):
                received_event = delivery.received_event
                log.info(
                    "event.handled", type=received_event.event.TYPE, event_id=str(received_event.id)
                )

    async def _store_dead_letter(self, record: Record, error: Exception, attempts: int) -> None:
        tracing.mark_failed()
        reason, detail = dead_letters.failure_reason(error)
        await dead_letters.store_dead_letter(self._database, record, reason, detail, attempts)

    def _retry_pause(self, attempt: int) -> float:
        seconds: float = self._settings.consumer_backoff_seconds * 2 ** (attempt - 1)
        return min(seconds, self._settings.consumer_backoff_limit_seconds)


def _obey_cancellation() -> None:
    """Ends what is cancelled: a driver that is broken off may fail with an error of its own."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
