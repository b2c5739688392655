"""SIGTERM ends every process within its setting, whatever clients and other machines do."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress

import pytest

from deploy.local.ports import HOST
from services.certificates.settings import CertificatesSettings
from shared.principal import Scope
from tests import tokens
from tests.certificates.conftest import certificates_settings
from tests.databases import Databases
from tests.faults.stopped_processes import (
    LIMIT_SECONDS,
    SLACK_SECONDS,
    StoppableProcess,
    start_process,
)
from tests.ports import reserve_ports

SERVICE = ("-m", "uvicorn", "--factory", "services.certificates.main:create", "--host", HOST)
VISITORS = 4
"""So many knock all the time."""


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """A database of its own."""
    async with databases.fresh(certificates_settings) as fresh:
        yield fresh


def _send(connection: socket.socket, text: str) -> None:
    connection.sendall(text.replace("\n", "\r\n").encode())


def _upload_slowly(connection: socket.socket) -> None:
    """Declares a body, and sends a part of it."""
    bearer = tokens.bearer(Scope.VERIFY)["Authorization"]
    _send(
        connection,
        "POST /v1/verification/many HTTP/1.1\nHost: x\nContent-Type: application/json\n"
        f"Authorization: {bearer}\nContent-Length: 100000\n\n[",
    )


def _read_slowly(connection: socket.socket) -> None:
    """Asks for more than its buffers hold, again and again, and reads none of it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    _send(connection, "GET /openapi/certificates.json HTTP/1.1\nHost: x\n\n" * 50)


def _say_nothing(connection: socket.socket) -> None:
    """Connects."""


def _begin_headers(connection: socket.socket) -> None:
    """Never ends its headers."""
    _send(connection, "GET /health/live HTTP/1.1\nHost: x\nX-Long: ")


def _environment(settings: CertificatesSettings, broker: str = "127.0.0.1:1") -> dict[str, str]:
    return {
        "ATTESTA_CERTIFICATES_DATABASE_URL": settings.database_url.get_secret_value(),
        "ATTESTA_KAFKA_BOOTSTRAP_SERVERS": broker,
        "ATTESTA_KAFKA_IDEMPOTENT_PRODUCER": "false",
    }


async def test_no_client_keeps_a_service_from_ending(settings: CertificatesSettings) -> None:
    port = reserve_ports().certificates
    arguments = (*SERVICE, "--port", str(port), "--log-level", "error")
    async with start_process(arguments, port, _environment(settings)) as service:
        with ExitStack() as connections:
            for misbehave in (_upload_slowly, _read_slowly, _say_nothing, _begin_headers):
                misbehave(connections.enter_context(service.connect()))
            await _wait_until_taken(service)
            assert await service.stop() < LIMIT_SECONDS + SLACK_SECONDS


async def test_whoever_is_let_in_is_answered_and_told_to_connect_anew(
    settings: CertificatesSettings,
) -> None:
    port = reserve_ports().certificates
    arguments = (*SERVICE, "--port", str(port), "--log-level", "error")
    async with start_process(arguments, port, _environment(settings)) as service:
        visits = [asyncio.to_thread(_visit_until_refused, service) for _ in range(VISITORS)]
        visitors = asyncio.gather(*visits)
        await service.stop()
        answers = [answer for visit in await visitors for answer in visit]
    assert all(answer.startswith(b"HTTP/1.1 ") for answer in answers), "nobody is broken off"
    late_answers = [answer for answer in answers if b"\r\nconnection: close\r\n" in answer]
    assert late_answers, "it answers while it ends"
    assert any(b"the process is ending" in answer for answer in late_answers)


def _visit_until_refused(service: StoppableProcess) -> list[bytes]:
    """The answers to one question after another, each by a connection of its own."""
    answers: list[bytes] = []
    with suppress(ConnectionRefusedError):
        while True:
            with service.connect() as connection:
                try:
                    _send(connection, "GET /health/ready HTTP/1.1\nHost: x\n\n")
                    answers.append(connection.recv(65536))
                except ConnectionError as error:
                    answers.append(repr(error).encode())
    return answers


async def _wait_until_taken(service: StoppableProcess) -> None:
    """Another answer shows that what was sent before has been taken."""
    with service.connect() as connection:
        _send(connection, "GET /health/live HTTP/1.1\nHost: x\nConnection: close\n\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("module", ["scheduler", "worker", "sender"])
async def test_no_silent_machine_keeps_a_process_from_ending(
    settings: CertificatesSettings, module: str
) -> None:
    with socket.create_server((HOST, 0)) as silent_broker:
        port = reserve_ports().certificates_worker
        arguments = ("-m", f"services.certificates.{module}")
        environment = _environment(settings, f"{HOST}:{silent_broker.getsockname()[1]}")
        async with start_process(arguments, port, environment) as process:
            assert await process.stop() < LIMIT_SECONDS + SLACK_SECONDS
