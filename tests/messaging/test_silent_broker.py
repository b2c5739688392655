"""A broker that takes connections and says nothing: each call fails within the setting."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import psutil
import pytest

from deploy.local.broker import temporary_broker
from deploy.local.settings import BrokerKind
from services.catalog.settings import CatalogSettings
from shared.messaging.envelope import Record
from shared.messaging.kafka import BrokerFailure, Cluster
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.messaging.subscription import Partition, TopicSubscription
from tests.conditions import eventually
from tests.ports import reserve_ports

LIMIT_SECONDS = 1.0
SLACK_SECONDS = 15.0
TOPIC = "things"
RECORDS = [OutgoingRecord(TOPIC, f"key {number}", {}, b"{}") for number in range(3)]


def _find_listener(address: str) -> psutil.Process:
    """The process that listens at the address."""
    port = int(address.rpartition(":")[2])
    connections = psutil.net_connections("tcp")
    (pid,) = {
        connection.pid
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
    }
    assert pid is not None
    return psutil.Process(pid)


async def _assert_broken_off(call: Callable[[], Awaitable[object]]) -> None:
    started_at = time.monotonic()
    with pytest.raises(BrokerFailure):
        await call()
    assert time.monotonic() - started_at < LIMIT_SECONDS + SLACK_SECONDS


async def test_every_call_of_a_silent_broker_is_broken_off(
    settings: CatalogSettings, broker_kind: BrokerKind, tmp_path: Path
) -> None:
    with temporary_broker(broker_kind, tmp_path, ports=reserve_ports()) as address:
        patient = settings.model_copy(
            update={
                "kafka_bootstrap_servers": address,
                "kafka_idempotent_producer": broker_kind == "kafka",
                "kafka_partitions": 1,
                "consumer_session_seconds": 30,
            }
        )
        hasty = patient.model_copy(update={"kafka_limit_seconds": LIMIT_SECONDS})
        async with Cluster.connect(patient) as cluster:
            await cluster.ensure_topics([TOPIC])
        async with (
            Cluster.connect(patient) as cluster,
            Publisher.connect(patient) as publisher,
            TopicSubscription.join(patient, [TOPIC]) as subscription,
        ):
            assert await publisher.publish(RECORDS) == [None] * 3
            partition = Partition(patient.kafka_topic_prefix + TOPIC, 0)
            records = await eventually(
                partial(subscription.fetch_batch, partition, 10), "the records"
            )
            for client in (cluster, publisher, subscription):
                _make_hasty(client, hasty)
            broker = _find_listener(address)
            broker.send_signal(SIGSTOP)
            try:
                await _assert_silence(cluster, publisher, subscription, records[-1], hasty)
            finally:
                broker.send_signal(SIGCONT)

            async def is_published() -> bool:
                return await publisher.publish(RECORDS) == [None] * 3

            await eventually(is_published, "the broker goes on, and so does the client")


def _make_hasty(client: Cluster | Publisher | TopicSubscription, settings: CatalogSettings) -> None:
    """Shortens the limit of a client that has joined at its leisure."""
    if isinstance(client, Cluster):
        client._settings = settings
    else:
        client._limit_seconds = settings.kafka_limit_seconds


async def _assert_silence(
    cluster: Cluster,
    publisher: Publisher,
    subscription: TopicSubscription,
    record: Record,
    settings: CatalogSettings,
) -> None:
    await _assert_broken_off(cluster.fetch_cluster_id)
    await _assert_broken_off(lambda: cluster.ensure_topics(["others"]))
    await _assert_broken_off(subscription.measure_lag)
    await _assert_broken_off(lambda: subscription.commit_up_to(record))

    async def connect() -> None:
        async with Cluster.connect(settings):
            pass

    await _assert_broken_off(connect)
    started_at = time.monotonic()
    outcomes = await publisher.publish(RECORDS)
    assert time.monotonic() - started_at < LIMIT_SECONDS + SLACK_SECONDS
    assert all(isinstance(outcome, BrokerFailure) for outcome in outcomes)
