"""Four issuers that are killed at random: every approval is one certificate with one number."""

import random
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging import envelope
from shared.messaging.kafka import Cluster
from shared.messaging.publisher import OutgoingRecord, Publisher
from tests.certificates.approvals import approval, rows
from tests.conditions import eventually
from tests.conftest import Broker
from tests.databases import Databases
from tests.faults.killable_processes import KillableProcesses

APPROVALS = 1000
ISSUERS = 4
KILLS = 8


def _settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(database_url=SecretStr(url))


@pytest.fixture
async def settings(databases: Databases, broker: Broker) -> AsyncIterator[CertificatesSettings]:
    """A database of its own, and topics of its own on the broker."""
    async with databases.fresh(_settings) as fresh:
        yield fresh.model_copy(
            update={
                "kafka_bootstrap_servers": broker.bootstrap_servers,
                "kafka_idempotent_producer": broker.idempotent_producer,
                "kafka_topic_prefix": f"killed{uuid4().hex[:8]}.",
                "consumer_session_seconds": 6,
            }
        )


async def _publish(settings: CertificatesSettings, events: list[OutgoingRecord]) -> None:
    async with Cluster.connect(settings) as cluster:
        await cluster.ensure_topics(frozenset({events[0].topic}))
    async with Publisher.connect(settings) as publisher:
        outcomes = await publisher.publish(events)
    assert outcomes == [None] * len(events)


async def test_a_thousand_certificates_by_four_issuers_that_are_killed(
    settings: CertificatesSettings, tmp_path: Path
) -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    events = [approval() for _ in range(APPROVALS)]
    outgoing = [
        OutgoingRecord(
            e.TOPIC, e.key, envelope.build_headers(e, uuid4(), now), e.model_dump_json().encode()
        )
        for e in events
    ]
    await _publish(settings, outgoing)
    database = Database.connect(settings)
    chance = random.Random(9)
    with ExitStack() as ending:
        issuers = KillableProcesses(
            "services.certificates.worker",
            ISSUERS,
            settings,
            tmp_path,
            {
                "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
                "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": str(settings.kafka_idempotent_producer),
                "ATTESTA_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
                "ATTESTA_CONSUMER_SESSION_SECONDS": str(settings.consumer_session_seconds),
            },
        )
        ending.callback(issuers.close)
        for kill in range(KILLS):
            least = (kill + 1) * APPROVALS // (KILLS + 4)

            async def so_many(least: int = least) -> bool:
                (row,) = await rows(database, "SELECT count(*) AS count FROM certificate")
                return bool(row.count >= least)

            await eventually(so_many, f"{least} certificates", 120)
            issuers.kill(chance.randrange(ISSUERS))

        async def all_in_feed() -> bool:
            (row,) = await rows(database, "SELECT count(position) AS count FROM feed_entry")
            return bool(row.count >= APPROVALS)

        await eventually(all_in_feed, "every certificate stands in the feed", 120)
    certificates = await rows(database, "SELECT number, application_id FROM certificate")
    assert len(certificates) == len({row.number for row in certificates}) == APPROVALS
    assert {row.application_id for row in certificates} == {
        event.application_id for event in events
    }
    event_rows = await rows(
        database, "SELECT key FROM outbox WHERE topic = 'certificates.certificate'"
    )
    assert len(event_rows) == len({row.key for row in event_rows}) == APPROVALS
    positions = await rows(database, "SELECT position FROM feed_entry ORDER BY position")
    assert [row.position for row in positions] == list(range(1, APPROVALS + 1))
    assert await rows(database, "SELECT 1 FROM dead_letter") == []
    await database.close()
