"""Real parts for all tests: a PostgreSQL server and a broker, one of each for the whole run.

`ATTESTA_TEST_POSTGRES_URL` names another server to use, `ATTESTA_TEST_BROKER=kafka` runs the same
tests on Apache Kafka, and `ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS` on a broker that runs already.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import hypothesis
import pytest

from deploy.local import broker as local_broker
from deploy.local import postgres, remains
from deploy.local.settings import BrokerKind
from shared.db import Database
from shared.settings import Settings
from tests import tokens
from tests.clock import ManualClock
from tests.databases import Databases
from tests.ports import reserve_ports
from tests.routes import keep_routes
from tests.servers import Servers, ask

tokens.publish_keys()
keep_routes()
# A busy machine may stand still for half a minute: what holds a limit sets one of its own.
os.environ.setdefault("ATTESTA_STATEMENT_TIMEOUT_SECONDS", "120")
# Most tests examine for a qualification that has no number yet; those about numbers say otherwise.
os.environ.setdefault("ATTESTA_ISSUE_UNCONFIRMED", "true")

pytest_plugins = ["tests.running_stack"]

RUN = pytest.StashKey[str]()
SOCKET = pytest.StashKey[str]()

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


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the servers of the run where it begins; a worker knows where to ask for them."""
    worker: dict[str, str] = getattr(config, "workerinput", {})
    config.stash[RUN] = worker.get("testrunuid", uuid4().hex)[:8]
    if worker:
        config.stash[SOCKET] = worker["attesta_servers"]
        return
    servers = Servers(
        {"postgres": postgres.temporary_server, "broker": _start_broker, "stack": _end_stack}
    )
    config.stash[SOCKET] = servers.socket
    config.add_cleanup(servers.close)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends them as Ctrl-C does


LONGEST_TESTS = "tests/site/"
"""What takes minutes is begun before other single tests, so that nobody waits for it at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest tests first; the others keep their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST_TESTS))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker where the servers are."""
    node.workerinput["attesta_servers"] = node.config.stash[SOCKET]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives tests out one by one, but keeps those together that share what is dear to start."""
    from tests.scheduling import Scheduling  # noqa: PLC0415 - only where there are workers

    return Scheduling(config, log)


def _broker_kind() -> BrokerKind:
    return cast("BrokerKind", os.environ.get("ATTESTA_TEST_BROKER", "embedded"))


def _start_broker(folder: Path) -> AbstractContextManager[str]:
    return local_broker.temporary_broker(_broker_kind(), folder, ports=reserve_ports())


@contextmanager
def _end_stack(folder: Path) -> Iterator[str]:
    """A folder for the running stack; ends what an interrupted worker left of it."""
    yield str(folder)
    remains.end_processes(folder, 20)


@pytest.fixture(scope="session")
def stack_folder(pytestconfig: pytest.Config) -> Path:
    """Where the running stack keeps its data; it ends with the run, if not before."""
    return Path(ask(pytestconfig.stash[SOCKET], "stack"))


@pytest.fixture(scope="session")
def server_url(pytestconfig: pytest.Config) -> str:
    """The PostgreSQL server of this run."""
    given_address = os.environ.get("ATTESTA_TEST_POSTGRES_URL")
    return given_address or ask(pytestconfig.stash[SOCKET], "postgres")


@pytest.fixture(scope="session")
def broker_kind() -> BrokerKind:
    """`embedded` or `kafka`."""
    return _broker_kind()


@pytest.fixture(scope="session")
def broker(broker_kind: BrokerKind, pytestconfig: pytest.Config) -> Broker:
    """The broker of this run."""
    given_address = os.environ.get("ATTESTA_TEST_KAFKA_BOOTSTRAP_SERVERS")
    return Broker(
        given_address or ask(pytestconfig.stash[SOCKET], "broker"), broker_kind == "kafka"
    )


@pytest.fixture(scope="session")
async def databases(server_url: str, pytestconfig: pytest.Config) -> AsyncIterator[Databases]:
    """Migrated databases: kept ones, or new ones on request."""
    databases = Databases(server_url, pytestconfig.stash[RUN])
    yield databases
    await databases.close()


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
