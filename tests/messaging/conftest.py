"""A database with the event path in it, and settings that lead to the broker under test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.clock import ManualClock
from tests.conftest import Broker
from tests.databases import Databases
from tests.messaging import sample_events
from tests.messaging.sample_events import Handling, ThingHappened


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(
        database_url=SecretStr(url), consumer_attempts=3, consumer_backoff_seconds=0.01
    )


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CatalogSettings]:
    """Settings that name a fresh database; no broker."""
    async with databases.fresh(_settings) as settings:
        yield settings


@pytest.fixture
def wired(settings: CatalogSettings, broker: Broker) -> CatalogSettings:
    """The same settings, and the broker, with topics and groups of this test's own."""
    return settings.model_copy(
        update={
            "kafka_bootstrap_servers": broker.bootstrap_servers,
            "kafka_idempotent_producer": broker.idempotent_producer,
            "kafka_topic_prefix": f"t{uuid4().hex[:8]}.",
            "kafka_partitions": 2,
            "consumer_session_seconds": 6,
            "relay_poll_seconds": 0.2,
            "cluster_check_seconds": 0.2,
        }
    )


@pytest.fixture
async def database(settings: CatalogSettings) -> AsyncIterator[Database]:
    """The fresh database, with the handlers' log."""
    database = Database.connect(settings)
    await sample_events.run(database, sample_events.SETUP)
    yield database
    await database.close()


@pytest.fixture
def handling() -> Handling:
    """A handler to steer."""
    return Handling()


@pytest.fixture
def consumer(
    settings: CatalogSettings, database: Database, handling: Handling, clock: ManualClock
) -> Consumer:
    """A consumer to hand records to."""
    return Consumer(database, settings, {ThingHappened: handling}, clock)
