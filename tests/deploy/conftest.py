"""Both gateways, as they are run: the local one, and nginx with the generated configuration."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.gateway.table import RouteTable
from deploy.local.ports import HOST, Ports, accepts_connections
from deploy.local.settings import PROJECT
from tests.conditions import eventually
from tests.deploy.nginx import NGINX, prepare_nginx
from tests.deploy.peer import Peer
from tests.ports import reserve_ports
from tests.serving import listening

SILENCE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway before the services of these ports, and its process."""

    kind: str
    ports: Ports
    process: psutil.Process

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.ports.gateway}"


@pytest.fixture(scope="session", params=["local", "nginx"])
async def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningGateway]:
    """A gateway before ports on which nobody listens yet."""
    ports, folder = reserve_ports(), tmp_path_factory.mktemp(request.param)
    addresses = {name: [f"{HOST}:{port}"] for name, port in _service_ports(ports).items()}
    async with run_gateway(request.param, folder, ports.gateway, addresses) as process:
        yield RunningGateway(request.param, ports, process)


@asynccontextmanager
async def run_gateway(
    kind: str,
    folder: Path,
    port: int,
    addresses: Mapping[str, Sequence[str]],
    silence_seconds: float = SILENCE_SECONDS,
) -> AsyncIterator[psutil.Process]:
    """A gateway of this kind at the port, once it listens, before `host:port` of each service."""
    if kind == "nginx" and NGINX is None:
        pytest.skip("needs nginx (Debian: apt-get install nginx-light)")
    if kind == "nginx":
        command = prepare_nginx(folder, port, addresses, silence_seconds)
    else:
        command = _local_command(port, addresses, silence_seconds)
    with _running(command) as process:

        async def accepts() -> bool:
            assert process.is_running()
            return accepts_connections(port)

        await eventually(accepts, f"{kind} to accept connections")
        yield process


def _local_command(
    port: int, addresses: Mapping[str, Sequence[str]], silence_seconds: float
) -> list[str]:
    services = [
        f"{name}={','.join(f'http://{place}' for place in places)}"
        for name, places in addresses.items()
    ]
    options = ["--port", str(port), "--silence-seconds", str(silence_seconds)]
    return [sys.executable, "-m", "deploy.local.gateway", *options, *services]


def _service_ports(ports: Ports) -> dict[str, int]:
    return {name: getattr(ports, name) for name in RouteTable.read().services}


@contextmanager
def _running(command: list[str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, cwd=PROJECT)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def peer(gateway: RunningGateway) -> Iterator[Peer]:
    """A well-behaved server in the catalog's place."""
    peer = Peer()
    with listening(peer.app, gateway.ports.catalog):
        yield peer
