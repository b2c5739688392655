"""Publishing to Kafka: each record has its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from shared.messaging.kafka import build_client_arguments, close_client, limit_broker_call
from shared.settings import Settings

_PERMANENT = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError)


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A record to be published; its topic is without the prefix."""

    topic: str
    key: str
    headers: Mapping[str, str]
    payload: bytes


class Publisher:
    """Publishes records and waits for every acknowledgement."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.kafka_topic_prefix
        self._limit_seconds = settings.kafka_limit_seconds
        self._producer = AIOKafkaProducer(
            **build_client_arguments(settings, "-relay"),
            acks="all",
            enable_idempotence=settings.kafka_idempotent_producer,
            compression_type=None,
            request_timeout_ms=round(settings.kafka_limit_seconds * 1000),
        )

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Publisher"]:
        """Connects; flushes and closes at the end. Raises `BrokerFailure`."""
        publisher = cls(settings)
        try:
            async with limit_broker_call(settings.kafka_limit_seconds):
                await publisher._producer.start()
            yield publisher
        finally:
            await close_client(publisher._producer.stop(), settings.kafka_limit_seconds)

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[Exception | None]:
        """The outcome of each record, in their order: None when all replicas have it.

        One that the broker does not answer for in time has failed: nobody knows whether it has it.
        """
        ends_at = asyncio.get_running_loop().time() + self._limit_seconds
        deliveries: list[asyncio.Future[object] | Exception] = []
        with suppress(TimeoutError):
            async with asyncio.timeout_at(ends_at):
                for record in records:
                    deliveries.append(await self._send(record))  # noqa: PERF401 - kept at a timeout
        deliveries += [KafkaTimeoutError()] * (len(records) - len(deliveries))
        futures = [delivery for delivery in deliveries if isinstance(delivery, asyncio.Future)]
        if futures:
            await asyncio.wait(futures, timeout=ends_at - asyncio.get_running_loop().time())
        return list(map(_read_outcome, deliveries))

    async def _send(self, record: OutgoingRecord) -> "asyncio.Future[object] | Exception":
        try:
            delivery: asyncio.Future[object] = await self._producer.send(
                self._prefix + record.topic,
                value=record.payload,
                key=record.key.encode(),
                headers=[(name, value.encode()) for name, value in record.headers.items()],
            )
        except Exception as error:  # such as one that is too large: the others are sent
            return error
        return delivery


def _read_outcome(delivery: "asyncio.Future[object] | Exception") -> Exception | None:
    if isinstance(delivery, Exception):
        return delivery
    if not delivery.done():
        delivery.add_done_callback(_note_late_outcome)
        failure: Exception = KafkaTimeoutError()
        return failure
    try:
        delivery.result()
    except Exception as error:
        return error
    return None


def _note_late_outcome(delivery: "asyncio.Future[object]") -> None:
    """Takes the outcome that comes too late: asyncio would complain that nobody has."""
    if not delivery.cancelled():
        delivery.exception()


def is_permanent(failure: Exception) -> bool:
    """Whether no broker will ever take this record, however often it is sent."""
    return isinstance(failure, _PERMANENT) or not isinstance(failure, KafkaError | OSError)
