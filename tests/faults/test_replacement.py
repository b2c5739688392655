"""Of two processes of a service each is replaced, and no visitor of a gateway notices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.gateway.unavailable import SILENCE_SECONDS
from deploy.local.ports import HOST
from services.certificates.settings import CertificatesSettings
from shared.principal import Scope
from tests import tokens
from tests.certificates.conftest import certificates_settings
from tests.conditions import eventually
from tests.databases import Databases
from tests.deploy.conftest import run_gateway
from tests.faults.stopped_processes import StoppableProcess, start_process
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS

SERVICE = ("-m", "uvicorn", "--factory", "services.certificates.main:create", "--host", HOST)
VARIABLES = {
    "ATTESTA_DRAIN_SECONDS": "3",
    "ATTESTA_SHUTDOWN_SECONDS": "20",
    "ATTESTA_LOG_LEVEL": "WARNING",
}
LISTS, PAGES = ("POST", "/v1/verification/many"), ("GET", "/ru/verify")
QUESTION = {"number": "26.000001", "issued_on": "2026-03-02"}
VISITORS = 3
"""Of each kind."""
ANSWERS = 30
"""So many show that work goes on."""


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """A database of its own."""
    async with databases.fresh(certificates_settings) as fresh:
        yield fresh


class Visitors:
    """Portals with their lists, and readers of a page: what they got, and what failed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.answers = 0
        self.failures: list[str] = []

    @asynccontextmanager
    async def visiting(self) -> AsyncIterator[None]:
        """All come again and again until the block ends."""
        is_over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for method, path in (LISTS, PAGES) * VISITORS:
                tasks.create_task(self._visit(method, path, is_over))
            try:
                yield
            finally:
                is_over.set()

    async def _visit(self, method: str, path: str, is_over: asyncio.Event) -> None:
        question = (
            [{"number": "26.000001", "issued_on": "2026-03-02"}] if method == "POST" else None
        )
        headers = tokens.bearer(Scope.VERIFY)
        limits = httpx.Limits(keepalive_expiry=1)
        async with httpx.AsyncClient(
            base_url=self._address, headers=headers, timeout=WIRE_SECONDS, limits=limits
        ) as client:
            while not is_over.is_set():
                try:
                    answer = await client.request(method, path, json=question)
                    if answer.status_code != httpx.codes.OK:
                        self.failures.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                except httpx.TransportError as error:
                    self.failures.append(f"{path}: {error!r}")
                self.answers += 1

    async def wait_for_answers(self) -> None:
        """Returns when there are some more."""
        aim = self.answers + ANSWERS

        async def are_given() -> bool:
            return self.answers >= aim

        await eventually(are_given, "visitors to get answers")


@pytest.mark.parametrize("kind", ["local", "nginx"])
async def test_no_visitor_notices_that_processes_are_replaced(
    settings: CertificatesSettings, tmp_path: Path, kind: str
) -> None:
    ports = [reserve_ports().certificates, reserve_ports().certificates]
    places = [f"{HOST}:{port}" for port in ports]
    addresses = dict.fromkeys(("catalog", "applications", "certificates"), places)
    gateway_port = reserve_ports().gateway

    def start(port: int) -> AbstractAsyncContextManager[StoppableProcess]:
        arguments = (*SERVICE, "--port", str(port), "--log-level", "error", "--no-access-log")
        url = settings.database_url.get_secret_value()
        variables = {**VARIABLES, "ATTESTA_CERTIFICATES_DATABASE_URL": url}
        return start_process(arguments, port, variables)

    visitors = Visitors(f"http://{HOST}:{gateway_port}")
    async with (
        AsyncExitStack() as processes,
        run_gateway(kind, tmp_path, gateway_port, addresses, SILENCE_SECONDS),
    ):
        first, second = [await processes.enter_async_context(start(port)) for port in ports]
        async with visitors.visiting():
            await visitors.wait_for_answers()
            await first.stop()
            await processes.enter_async_context(start(ports[0]))
            await visitors.wait_for_answers()
            await second.stop()
            await visitors.wait_for_answers()
    assert visitors.failures == []
