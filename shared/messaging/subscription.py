"""A service's subscription to topics: its membership in the group, and its partitions' records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    RecordTooLargeError,
    UnsupportedCodecError,
)

from shared import logs
from shared.duties import note_success
from shared.messaging.envelope import Record
from shared.messaging.kafka import build_client_arguments, close_client, limit_broker_call
from shared.settings import Settings

log = logs.get_logger(__name__)

Partition: TypeAlias = TopicPartition
"""A partition of a topic, as the client names it."""

JOIN_CALLS = 3
"""Joining a group may take so many calls, besides the wait for a member that is dead."""
_FETCH_MILLISECONDS = 500
_NO_PARTITION = TopicPartition("", 0)
_UNREADABLE = (CorruptRecordException, UnsupportedCodecError, RecordTooLargeError)


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """What the group says of this member; a rebalance waits until its partitions are let go."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self.assignment_event = asyncio.Event()
        self.revocation_event = asyncio.Event()
        self.release_event = asyncio.Event()
        self.release_event.set()

    async def on_partitions_revoked(self, partitions: object) -> None:  # noqa: ARG002
        """Notes that the group is rebalancing, and waits for the work in hand to be given back."""
        self.assignment_event.clear()
        self.revocation_event.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limit_seconds):
                await self.release_event.wait()

    async def on_partitions_assigned(self, partitions: object) -> None:  # noqa: ARG002
        """Notes that this member has been assigned its partitions."""
        self.revocation_event.clear()
        self.assignment_event.set()


class TopicSubscription:
    """This process's membership in the service's consumer group."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.kafka_topic_prefix
        self._limit_seconds = settings.kafka_limit_seconds
        self._rebalance_seconds = (
            settings.consumer_session_seconds + JOIN_CALLS * settings.kafka_limit_seconds
        )
        self._membership = _Membership(settings.consumer_session_seconds / 3)
        self._in_hand: dict[TopicPartition, int] = {}
        self._consumer = AIOKafkaConsumer(
            **build_client_arguments(settings, "-consumer"),
            group_id=f"{settings.kafka_topic_prefix}{settings.service}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=round(settings.consumer_session_seconds * 1000),
            max_poll_interval_ms=round(settings.consumer_poll_seconds * 1000),
            heartbeat_interval_ms=1_000,
            metadata_max_age_ms=30_000,
        )

    @classmethod
    @asynccontextmanager
    async def join(
        cls, settings: Settings, topics: Iterable[str]
    ) -> AsyncIterator["TopicSubscription"]:
        """Joins the group; leaves it at the end, so that another member takes over at once."""
        subscription = cls(settings)
        names = [subscription._prefix + topic for topic in topics]
        subscription._consumer.subscribe(names, listener=subscription._membership)
        try:
            async with subscription._limit_rebalance():
                await subscription._consumer.start()
            yield subscription
        finally:
            await close_client(subscription._consumer.stop(), settings.kafka_limit_seconds)

    def _limit_call(self) -> AbstractAsyncContextManager[None]:
        return limit_broker_call(self._limit_seconds)

    def _limit_rebalance(self) -> AbstractAsyncContextManager[None]:
        """For what may wait through a rebalance inside the client."""
        return limit_broker_call(self._rebalance_seconds)

    @property
    def is_joined(self) -> bool:
        """Whether the group has assigned this member its partitions, possibly none."""
        return self._membership.assignment_event.is_set()

    async def follow_partitions(
        self, follow_partition: Callable[[TopicPartition], Coroutine[Any, Any, None]]
    ) -> None:
        """Runs `follow_partition` for each partition that this member has, while it has it.

        When the group takes partitions away, whatever is in hand is cancelled. The group sees this
        member alive however long one event takes. Returns only by raising.
        """
        async with asyncio.TaskGroup() as duties:
            duties.create_task(self._stay_in_group())
            while True:
                await self._membership.assignment_event.wait()
                await self._follow_assignment(follow_partition)

    async def _follow_assignment(
        self, follow_partition: Callable[[TopicPartition], Coroutine[Any, Any, None]]
    ) -> None:
        membership = self._membership
        membership.release_event.clear()
        try:
            async with asyncio.TaskGroup() as followers:
                tasks = [
                    followers.create_task(follow_partition(partition))
                    for partition in self._consumer.assignment()
                ]
                await membership.revocation_event.wait()
                for task in tasks:
                    task.cancel()
        finally:
            self._in_hand.clear()
            membership.release_event.set()

    async def _stay_in_group(self) -> None:
        """Asks for the records of no partition: a member that asks for none is thrown out."""
        while True:
            async with self._limit_rebalance():
                await self._consumer.getmany(_NO_PARTITION, timeout_ms=_FETCH_MILLISECONDS)
            if not self._consumer.assignment():
                note_success()  # there is nothing to do, and it would be done

    async def fetch_batch(self, partition: TopicPartition, limit: int) -> list[Record]:
        """The partition's next records, at most so many, in its order; may be empty."""
        try:
            async with self._limit_rebalance():
                records = await self._fetch(partition, limit)
        except Exception as error:
            if not _is_unreadable(error):
                raise
            log.warning("consumer.unreadable_batch", error=type(error).__name__)
            records = await self._fetch_singly(partition, limit)
        if records:
            self._in_hand[partition] = records[0].offset
        return records

    async def _fetch(self, partition: TopicPartition, limit: int) -> list[Record]:
        fetched_records = await self._consumer.getmany(
            partition, timeout_ms=_FETCH_MILLISECONDS, max_records=limit
        )
        return [self._to_record(raw_record) for raw_record in fetched_records.get(partition, ())]

    async def _fetch_singly(self, partition: TopicPartition, limit: int) -> list[Record]:
        """The next records one by one, so that the place of one that cannot be read is known.

        What the client had taken when it failed is lost to it: the partition is read on from what
        is committed, which all that came before is.
        """
        async with self._limit_call():
            committed_offset = await self._consumer.committed(partition)
            if committed_offset:
                self._consumer.seek(partition, committed_offset)
            else:
                await self._consumer.seek_to_beginning(partition)
        records: list[Record] = []
        while len(records) < limit:
            try:
                async with self._limit_rebalance():
                    fetched_records = await self._fetch(partition, 1)
            except Exception as error:
                if not _is_unreadable(error):
                    raise
                records.append(await self._pass_over(partition, error))
                continue
            if not fetched_records:
                break
            records += fetched_records
        return records

    async def _pass_over(self, partition: TopicPartition, error: Exception) -> Record:
        """A record in place of one that cannot be read; the next fetch goes on behind it."""
        async with self._limit_call():
            offset = await self._consumer.position(partition)
        self._consumer.seek(partition, offset + 1)
        topic = partition.topic.removeprefix(self._prefix)
        fault = type(error).__name__
        return Record(topic, partition.partition, offset, None, (), None, fault)

    async def measure_lag(self) -> dict[tuple[str, int], int]:
        """How many records this member has yet to handle, by topic and number of the partition.

        Those in hand are included, and only its own partitions; asks the broker. Raises
        `BrokerFailure`.
        """
        async with self._limit_call():
            return await self._measure_lag()

    async def _measure_lag(self) -> dict[tuple[str, int], int]:
        lags: dict[tuple[str, int], int] = {}
        end_offsets = await self._consumer.end_offsets(list(self._consumer.assignment()))
        for partition, end_offset in end_offsets.items():
            next_offset = self._in_hand.get(partition)
            if next_offset is None:
                next_offset = await self._consumer.position(partition)
            topic = partition.topic.removeprefix(self._prefix)
            lags[topic, partition.partition] = max(end_offset - next_offset, 0)
        return lags

    async def commit_up_to(self, last_record: Record) -> None:
        """Commits the offset after `last_record` of its partition.

        A member that lost the partition meanwhile cannot commit; the next owner reads the records
        again, and the inbox recognises them.
        """
        partition = TopicPartition(self._prefix + last_record.topic, last_record.partition)
        self._in_hand.pop(partition, None)
        try:
            async with self._limit_call():
                await self._consumer.commit({partition: last_record.offset + 1})
        except (CommitFailedError, IllegalStateError):
            return

    def _to_record(self, raw_record: "object") -> Record:
        return Record(
            topic=raw_record.topic.removeprefix(self._prefix),  # type: ignore[attr-defined]
            partition=raw_record.partition,  # type: ignore[attr-defined]
            offset=raw_record.offset,  # type: ignore[attr-defined]
            key=raw_record.key,  # type: ignore[attr-defined]
            headers=tuple(raw_record.headers),  # type: ignore[attr-defined]
            payload=raw_record.value,  # type: ignore[attr-defined]
        )


def _is_unreadable(error: Exception) -> bool:
    """Whether the client fails over the bytes of a batch, and not for want of a broker."""
    if isinstance(error, KafkaError):
        return isinstance(error, _UNREADABLE)
    return not isinstance(error, OSError)
