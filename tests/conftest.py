"""Real parts for all tests: a PostgreSQL server and a broker of their own.

`ATTESTA_TEST_POSTGRES_URL` names another server to use, `ATTESTA_TEST_BROKER=kafka` runs the same
tests on Apache Kafka, and `ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS` on one that runs already.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.parts import Databases, ManualClock


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
    from deploy.local import postgres

    with postgres.temporary_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for this run."""
    kind = os.environ.get("ATTESTA_TEST_BROKER", "embedded")
    given = os.environ.get("ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield Broker(given, kind == "kafka")
        return
    from deploy.local import broker as local

    with local.temporary_broker(kind, tmp_path_factory.mktemp("broker")) as bootstrap_servers:
        yield Broker(bootstrap_servers, kind == "kafka")


@pytest.fixture(scope="session")
def databases(server_url: str) -> Databases:
    """Makes fresh, migrated databases."""
    return Databases(server_url)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2 March 2026, noon in Moscow, until the test sets it."""
    return ManualClock()
