"""The only module that knows aiokafka: topics, publishing, subscribing.

Everything here works against Apache Kafka and against brokers that speak enough of its protocol.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)

from shared.messaging.envelope import Record
from shared.settings import Settings

Failure = KafkaError
"""What the broker, or the way to it, can raise."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be published."""

    topic: str
    key: str
    headers: Mapping[str, str]
    payload: bytes


class Cluster:
    """A connection for questions about the cluster and for its topics."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AIOKafkaAdminClient(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"attesta-{settings.service}",
        )

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Cluster"]:
        """Connects; raises `Failure` when no broker answers."""
        cluster = cls(settings)
        try:
            await cluster._admin.start()
            yield cluster
        finally:
            await cluster._admin.close()

    async def id(self) -> str:
        """The cluster's id. Another id means other, possibly empty, logs."""
        return str((await self._admin.describe_cluster())["cluster_id"])

    async def ensure_topics(self, names: Iterable[str]) -> None:
        """Creates what is missing of our topics (names without the prefix)."""
        settings = self._settings
        for name in sorted(names):
            topic = NewTopic(
                name=settings.kafka_topic_prefix + name,
                num_partitions=settings.kafka_partitions,
                replication_factor=settings.kafka_replication_factor,
            )
            response = await self._admin.create_topics([topic])
            for _, code, *_ in response.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"creating topic {topic.name}")


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
        """Connects; flushes and closes at the end."""
        publisher = cls(settings)
        try:
            await publisher._producer.start()
            yield publisher
        finally:
            await publisher._producer.stop()

    async def publish(self, records: Sequence[Outgoing]) -> list[BaseException | None]:
        """The outcome of each record, in the order given: None when all replicas have it."""
        sent = [
            await self._producer.send(
                self._prefix + record.topic,
                value=record.payload,
                key=record.key.encode(),
                headers=[(name, value.encode()) for name, value in record.headers.items()],
            )
            for record in records
        ]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        return [outcome if isinstance(outcome, BaseException) else None for outcome in outcomes]


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self) -> None:
        self.joined = False

    async def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002
        """The group shares anew."""
        self.joined = False

    async def on_partitions_assigned(self, assigned: object) -> None:  # noqa: ARG002
        """This member has its share."""
        self.joined = True


class Subscription:
    """This service's share of the topics, as one member of its consumer group."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.kafka_topic_prefix
        self._membership = _Membership()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"attesta-{settings.service}-consumer",
            group_id=f"{settings.kafka_topic_prefix}{settings.service}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=round(settings.consumer_session_seconds * 1000),
            heartbeat_interval_ms=1_000,
            metadata_max_age_ms=30_000,
        )

    @classmethod
    @asynccontextmanager
    async def join(cls, settings: Settings, topics: Iterable[str]) -> AsyncIterator["Subscription"]:
        """Joins the group; leaves it at the end, so that another member takes over at once."""
        subscription = cls(settings)
        names = [subscription._prefix + topic for topic in topics]
        subscription._consumer.subscribe(names, listener=subscription._membership)
        try:
            await subscription._consumer.start()
            yield subscription
        finally:
            await subscription._consumer.stop()

    @property
    def joined(self) -> bool:
        """Whether the group has given this member its share, which may be empty."""
        return self._membership.joined

    async def batch(self) -> list[list[Record]]:
        """The next records, one list a partition, each in the partition's order; may be empty."""
        fetched = await self._consumer.getmany(timeout_ms=500, max_records=100)
        return [[self._record(raw) for raw in records] for records in fetched.values()]

    async def commit(self, last: Record) -> None:
        """Says that everything up to `last` in its partition is done.

        A member that lost the partition meanwhile may not say so; the next owner reads the records
        again, and the inbox knows them.
        """
        partition = TopicPartition(self._prefix + last.topic, last.partition)
        try:
            await self._consumer.commit({partition: last.offset + 1})
        except (CommitFailedError, IllegalStateError):
            return

    def _record(self, raw: "object") -> Record:
        return Record(
            topic=raw.topic.removeprefix(self._prefix),  # type: ignore[attr-defined]
            partition=raw.partition,  # type: ignore[attr-defined]
            offset=raw.offset,  # type: ignore[attr-defined]
            key=(raw.key or b"").decode(errors="replace"),  # type: ignore[attr-defined]
            headers={
                name: value.decode(errors="replace")
                for name, value in raw.headers  # type: ignore[attr-defined]
            },
            payload=raw.value or b"",  # type: ignore[attr-defined]
        )
