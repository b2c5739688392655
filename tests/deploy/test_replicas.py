"""Two processes of one service behind a gateway: who lets nobody in is left out."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.gateway.table import RouteTable
from deploy.local.ports import HOST, Ports
from tests.conditions import eventually
from tests.deploy import misbehaviour
from tests.deploy.conftest import run_gateway
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS, listening

PATH = "/v1/qualifications"
REQUESTS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """The ports of the catalog's two processes, and a client of the gateway before them."""

    ports: tuple[int, int]
    client: httpx.AsyncClient


@pytest.fixture(params=["local", "nginx"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    """A gateway before two ports on which nobody listens yet."""
    ports, second_ports = reserve_ports(), reserve_ports()
    places = {name: _list_places(name, ports, second_ports) for name in RouteTable.read().services}
    async with (
        run_gateway(request.param, tmp_path, ports.gateway, places),
        httpx.AsyncClient(
            base_url=f"http://{HOST}:{ports.gateway}", timeout=WIRE_SECONDS, trust_env=False
        ) as client,
    ):
        yield Pair((ports.catalog, second_ports.catalog), client)


def _list_places(service: str, *layouts: Ports) -> list[str]:
    return [f"{HOST}:{getattr(layout, service)}" for layout in layouts]


@contextmanager
def _serving(port: int, status: int = 200) -> Iterator[list[str]]:
    """A process that answers everything, its readiness with this status; what reached it."""
    methods: list[str] = []

    async def answer(request: Request) -> Response:
        methods.append(request.method)
        return JSONResponse({"port": port})

    async def answer_readiness(_: Request) -> Response:
        return Response(status_code=status)

    routes = [
        Route("/health/ready", answer_readiness),
        Route("/{path:path}", answer, methods=["GET", "POST", "PUT"]),
    ]
    with listening(Starlette(routes=routes), port):
        yield methods


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_what_one_does_not_let_in_the_other_gets(pair: Pair, method: str) -> None:
    with _serving(pair.ports[1]) as methods:
        for _ in range(REQUESTS):
            response = await pair.client.request(method, PATH, content=b"a body")
            assert (response.status_code, response.json()) == (200, {"port": pair.ports[1]})
        assert methods == [method] * REQUESTS


async def test_both_are_asked_by_turns(pair: Pair) -> None:
    with _serving(pair.ports[0]) as first, _serving(pair.ports[1]) as second:
        for _ in range(REQUESTS):
            await pair.client.get(PATH)
        assert len(first) == len(second) == REQUESTS / 2


async def test_what_was_broken_off_is_sent_again_only_where_it_may_be(pair: Pair) -> None:
    with (
        misbehaviour.breaking_off(pair.ports[0], misbehaviour.SILENCE),
        _serving(pair.ports[1]) as methods,
    ):
        for _ in range(REQUESTS):
            assert (await pair.client.get(PATH)).status_code == 200
        statuses: list[int] = []

        async def is_refused() -> bool:
            statuses.append((await pair.client.post(PATH, content=b"{}")).status_code)
            return statuses[-1] == 503

        await eventually(is_refused, "a POST to meet the process that breaks off")
        assert methods.count("POST") == statuses.count(200), "what broke off came nowhere else"


@pytest.mark.parametrize("pair", ["local"], indirect=True)
async def test_the_local_gateway_leaves_out_who_is_not_ready(pair: Pair) -> None:
    with _serving(pair.ports[0], status=503) as methods, _serving(pair.ports[1]):

        async def is_left_out() -> bool:
            count = len(methods)
            for _ in range(REQUESTS):
                await pair.client.get(PATH)
            return len(methods) == count

        await eventually(is_left_out, "all requests to go to the process that is ready")
