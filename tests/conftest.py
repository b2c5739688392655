"""Real parts for all tests: a PostgreSQL server and a broker of their own.

`ATTESTA_TEST_POSTGRES_URL` names another server to use, `ATTESTA_TEST_BROKER=kafka` runs the same
tests on Apache Kafka, and `ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS` on a broker that runs already.
"""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import cast

import hypothesis
import pytest

from deploy.local import broker as local_broker
from deploy.local import postgres
from deploy.local.settings import BrokerKind
from shared.db import Database
from shared.settings import Settings
from tests import tokens
from tests.parts import Databases, ManualClock

tokens.publish_keys()

# How long an example takes says how busy the machine is, not whether the law holds.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker under test."""

    bootstrap_servers: str
    idempotent_producer: bool


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server for this run."""
    given = os.environ.get("ATTESTA_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with postgres.temporary_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def broker_kind() -> BrokerKind:
    """`embedded` or `kafka`."""
    return cast("BrokerKind", os.environ.get("ATTESTA_TEST_BROKER", "embedded"))


@pytest.fixture(scope="session")
def broker(broker_kind: BrokerKind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for this run."""
    given = os.environ.get("ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield Broker(given, broker_kind == "kafka")
        return
    folder = tmp_path_factory.mktemp("broker")
    with local_broker.temporary_broker(broker_kind, folder) as bootstrap_servers:
        yield Broker(bootstrap_servers, broker_kind == "kafka")


@pytest.fixture(scope="session")
def databases(server_url: str) -> Databases:
    """Makes fresh, migrated databases."""
    return Databases(server_url)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database that the folder's `settings` name, for looking into it."""
    database = Database.connect(settings)
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2 March 2026, noon in Moscow, until the test sets it."""
    return ManualClock()
