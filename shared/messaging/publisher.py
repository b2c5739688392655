"""Publishing to Kafka: each record has its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

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
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"attesta-{settings.service}-relay",
            acks="all",
            enable_idempotence=settings.kafka_idempotent_producer,
            compression_type=None,
            request_timeout_ms=10_000,
        )

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Publisher"]:
        """Connects; flushes and closes at the end. Raises `BrokerFailure`."""
        publisher = cls(settings)
        try:
            await publisher._producer.start()
            yield publisher
        finally:
            await publisher._producer.stop()

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[Exception | None]:
        """The outcome of each record, in their order: None when all replicas have it."""
        deliveries = [await self._send(record) for record in records]
        return [await _await_delivery(delivery) for delivery in deliveries]

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


async def _await_delivery(delivery: "asyncio.Future[object] | Exception") -> Exception | None:
    if isinstance(delivery, Exception):
        return delivery
    try:
        await delivery
    except Exception as error:
        return error
    return None


def is_permanent(failure: Exception) -> bool:
    """Whether no broker will ever take this record, however often it is sent."""
    return isinstance(failure, _PERMANENT) or not isinstance(failure, KafkaError | OSError)
