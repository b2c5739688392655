"""The cluster and its topics; `publisher` and `subscription` know aiokafka, too.

Everything here works against Apache Kafka and against brokers that speak enough of its protocol.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    for_code,
)

from shared import logs
from shared.messaging.broker_faults import find_faults
from shared.metrics.deadlines import MISSED_CALLS
from shared.settings import Settings

log = logs.get_logger(__name__)

BrokerFailure = KafkaError
"""What the broker, or the way to it, can raise."""

_closing_tasks: set[asyncio.Task[None]] = set()
"""Clients that are being closed: a task that nobody refers to may vanish."""


@asynccontextmanager
async def limit_broker_call(seconds: float) -> AsyncIterator[None]:
    """Bounds calls of the broker. Raises `BrokerFailure` when they take longer.

    The client's own limits are those of one request: it repeats requests for as long as a broker
    accepts connections and says nothing.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        MISSED_CALLS.inc()
        raise KafkaTimeoutError from error


async def close_client(closing: Coroutine[Any, Any, None], seconds: float) -> None:
    """Waits for a client's end, at most so long; one that a silent broker holds up ends beside.

    Broken off in the middle it would leave tasks behind that keep its place in the group.
    """
    task = asyncio.create_task(closing)
    _closing_tasks.add(task)
    task.add_done_callback(_closing_tasks.discard)
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        log.warning("kafka.client_hangs")
    elif task.exception() is not None:
        log.warning("kafka.client_unclosed", error=type(task.exception()).__name__)


def build_client_arguments(settings: Settings, purpose: str = "") -> dict[str, Any]:
    """What every client connects with; `purpose` ends the name that brokers know it by.

    Raises `BrokerFailure` for a file of certificates that cannot be used any more.
    """
    password = settings.kafka_password
    try:
        tls = settings.build_kafka_tls()
    except ValueError as error:
        raise KafkaConnectionError(str(error)) from error
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": f"attesta-{settings.service}{purpose}",
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": tls,
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": password.get_secret_value() if password else None,
    }


class Cluster:
    """An administrative connection: the cluster's id, and the creation of topics."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AIOKafkaAdminClient(**build_client_arguments(settings))

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Cluster"]:
        """Connects; raises `BrokerFailure`, which says why, when no broker takes us in."""
        cluster = cls(settings)
        try:
            async with cluster._limit_call():
                await cluster._admin.start()
            yield cluster
        finally:
            await close_client(cluster._admin.close(), settings.kafka_limit_seconds)

    @asynccontextmanager
    async def _limit_call(self) -> AsyncIterator[None]:
        async with limit_broker_call(self._settings.kafka_limit_seconds):
            try:
                yield
            except (KafkaConnectionError, NodeNotReadyError) as error:
                reason = await find_faults(build_client_arguments(self._settings))
                raise KafkaConnectionError(reason or str(error)) from error

    async def fetch_cluster_id(self) -> str:
        """The cluster's id. Another id means other, possibly empty, logs."""
        async with self._limit_call():
            return str((await self._admin.describe_cluster())["cluster_id"])

    async def ensure_topics(self, names: Iterable[str]) -> None:
        """Creates the missing ones of these topics (names without the prefix).

        Where all are there, nobody needs the right to create any.
        """
        settings = self._settings
        async with self._limit_call():
            known_names = await self._admin.list_topics()
        full_names = {settings.kafka_topic_prefix + name for name in names}
        for name in sorted(full_names.difference(known_names)):
            topic = NewTopic(
                name=name,
                num_partitions=settings.kafka_partitions,
                replication_factor=settings.kafka_replication_factor,
            )
            async with self._limit_call():
                response = await self._admin.create_topics([topic])
            for _, code, *_ in response.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"creating topic {topic.name}")
