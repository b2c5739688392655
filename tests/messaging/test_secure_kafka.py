"""Kafka with TLS and a sign-in: every way in works, and who is not let in says why."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.ports import HOST
from deploy.local.settings import BrokerKind
from services.catalog.settings import CatalogSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import Cluster
from shared.messaging.relay import Relay
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.messaging.sample_events import Handling, ThingHappened, happen, rows, steps
from tests.messaging.secure_kafka import PASSWORD, USER, SecureKafka, run_secure_kafka
from tests.messaging.test_relay import TOPICS, running
from tests.messaging.worker_process import Worker, running_worker

Ways = dict[str, Any]
"""Settings of Kafka, by name."""
MOST_LINES_A_SECOND = 20
"""Of the log of a worker that is not let in: each of its tries is followed by a pause."""


@pytest.fixture(scope="module")
def secure_kafka(
    broker_kind: BrokerKind, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureKafka]:
    """A node for all tests here."""
    if broker_kind != "kafka":
        pytest.skip("the embedded broker has no TLS: make test-kafka")
    with run_secure_kafka(tmp_path_factory.mktemp("secure-kafka")) as kafka:
        yield kafka


@pytest.fixture
def by_password(secure_kafka: SecureKafka) -> Ways:
    """Settings that lead in by user and password."""
    return {
        "kafka_bootstrap_servers": f"{HOST}:{secure_kafka.sasl_port}",
        "kafka_security_protocol": "SASL_SSL",
        "kafka_ca_file": secure_kafka.ca_file,
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_user": USER,
        "kafka_password": SecretStr(PASSWORD),
    }


@pytest.fixture
def by_certificate(secure_kafka: SecureKafka) -> Ways:
    """Settings that lead in by a certificate of our own."""
    return {
        "kafka_bootstrap_servers": f"{HOST}:{secure_kafka.mutual_port}",
        "kafka_security_protocol": "SSL",
        "kafka_ca_file": secure_kafka.ca_file,
        "kafka_certificate_file": secure_kafka.client_certificate,
        "kafka_key_file": secure_kafka.client_key,
    }


def _build_settings(wired: CatalogSettings, ways: Ways) -> CatalogSettings:
    """The settings with these in place of their own, checked as at a start."""
    return CatalogSettings.model_validate({**wired.model_dump(), **ways})


async def _assert_delivery(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    """The event that waits in the outbox goes out, and is consumed."""
    consumer = Consumer(database, settings, {ThingHappened: Handling()}, clock)

    async def is_handled() -> bool:
        return await steps(database) == [1]

    async with running(Relay(database, settings, TOPICS), consumer):
        await eventually(is_handled, "the event to be handled", seconds=180)


@pytest.mark.parametrize(
    ("way", "changes"),
    [
        ("by_password", {}),
        ("by_password", {"kafka_sasl_mechanism": "PLAIN"}),
        ("by_certificate", {}),
    ],
    ids=["scram", "plain", "certificate"],
)
async def test_an_event_goes_out_and_is_consumed(
    way: str,
    changes: Ways,
    request: pytest.FixtureRequest,
    wired: CatalogSettings,
    database: Database,
    clock: ManualClock,
) -> None:
    settings = _build_settings(wired, {**request.getfixturevalue(way), **changes})
    await happen(database, "a", 1, clock.now())
    await _assert_delivery(settings, database, clock)


async def _read_fault(worker: Worker) -> str:
    """What its readiness says of the broker; empty while it does not answer."""
    try:
        ready = await worker.client.get("/health/ready")
    except httpx.TransportError:
        return ""
    return str(ready.json()["checks"]["broker"])


def _list_variables(ways: Ways) -> dict[str, str]:
    """The same settings as variables of the environment."""
    return {
        f"ATTESTA_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in ways.items()
    }


@pytest.mark.parametrize(
    ("misguide", "words", "variable"),
    [
        (
            lambda _, ways: {**ways, "kafka_password": "wrong"},
            "invalid credentials",
            "ATTESTA_KAFKA_PASSWORD",
        ),
        (
            lambda kafka, ways: {**ways, "kafka_ca_file": kafka.foreign_ca_file},
            "certificate verify failed",
            "ATTESTA_KAFKA_CA_FILE",
        ),
        (
            lambda kafka, _: {"kafka_bootstrap_servers": f"{HOST}:{kafka.sasl_port}"},
            "closed",
            "ATTESTA_KAFKA_SECURITY_PROTOCOL",
        ),
        (
            lambda kafka, ways: {**ways, "kafka_bootstrap_servers": f"localhost:{kafka.sasl_port}"},
            "not valid for 'localhost'",
            "ATTESTA_KAFKA_BOOTSTRAP_SERVERS",
        ),
    ],
    ids=["password", "authority", "plaintext", "host name"],
)
async def test_who_is_not_let_in_says_why_and_keeps_the_event(
    misguide: Callable[[SecureKafka, Ways], Ways],
    words: str,
    variable: str,
    secure_kafka: SecureKafka,
    by_password: Ways,
    wired: CatalogSettings,
    database: Database,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    settings = _build_settings(wired, by_password)
    await happen(database, "a", 1, clock.now())
    environment = _list_variables(misguide(secure_kafka, by_password))
    environment["ATTESTA_LEASE_SECONDS"] = "11"  # it ends without giving its lease up
    started_at = time.monotonic()
    async with running_worker(settings, tmp_path, **environment) as worker:

        async def says_why() -> bool:
            fault = await _read_fault(worker)
            return words in fault and variable in fault

        async def logs_why() -> bool:
            lines = worker.log.read_text().splitlines()
            return sum("job.failed" in line and words in line for line in lines) > 3

        await eventually(says_why, "readiness to say why", seconds=180)
        await eventually(logs_why, "the log to say why", seconds=180)
        log = worker.log.read_text()
        assert log.count("\n") < MOST_LINES_A_SECOND * (time.monotonic() - started_at)
    assert PASSWORD not in log
    assert len(await rows(database, "SELECT 1 FROM outbox WHERE published_at IS NULL")) == 1
    await _assert_delivery(settings, database, clock)


async def test_authorities_that_are_put_right_need_no_restart(
    secure_kafka: SecureKafka,
    by_password: Ways,
    wired: CatalogSettings,
    database: Database,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    settings = _build_settings(wired, by_password)
    async with Cluster.connect(settings) as cluster:
        await cluster.ensure_topics(TOPICS)  # no worker's own
    await happen(database, "a", 1, clock.now())
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(secure_kafka.foreign_ca_file.read_bytes())
    environment = _list_variables({**by_password, "kafka_ca_file": authorities})
    async with running_worker(settings, tmp_path, **environment) as worker:

        async def is_refused() -> bool:
            return "certificate verify failed" in await _read_fault(worker)

        await eventually(is_refused, "the worker not to trust the broker", seconds=180)
        authorities.write_text("half of a file")

        async def names_the_file() -> bool:
            return "ATTESTA_KAFKA_CA_FILE holds no certificate" in await _read_fault(worker)

        await eventually(names_the_file, "the worker to name the file", seconds=180)
        authorities.write_bytes(secure_kafka.ca_file.read_bytes())

        async def is_published() -> bool:
            return not await rows(database, "SELECT 1 FROM outbox WHERE published_at IS NULL")

        await eventually(is_published, "the event to go out", seconds=180)

        async def is_well() -> bool:
            return await _read_fault(worker) == "ok"

        await eventually(is_well, "readiness to say so", seconds=180)


async def test_topics_that_are_there_are_not_asked_for(
    wired: CatalogSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Cluster.connect(wired) as cluster:
        await cluster.ensure_topics(TOPICS)

        async def refuse(topics: object) -> None:
            raise AssertionError(f"nobody may create {topics}")

        monkeypatch.setattr(cluster._admin, "create_topics", refuse)
        await cluster.ensure_topics(TOPICS)
