"""PostgreSQL is stopped, comes back, and comes back as a standby: answers last, or are 503."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.catalog.settings import CatalogSettings
from shared.db import Database
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.counting_service import create_counters, create_counting_service
from tests.faults.own_server import OwnServer, own_server
from tests.problems import assert_problem
from tests.serving import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """The server that fails."""
    with own_server(tmp_path_factory.mktemp("failing")) as server:
        yield server


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), database_pool_size=4)


@pytest.fixture
async def settings(server: OwnServer) -> CatalogSettings:
    """A database with counters on it."""
    settings = _settings(await Databases(server.url, "own").create(_settings))
    database = Database.connect(settings)
    await create_counters(database)
    await database.close()
    return settings


async def _count(client: httpx.AsyncClient) -> bool:
    answer = await client.post("/counters/1/count")
    if answer.status_code != 200:
        assert_problem(answer, 503, "service.unavailable")
    return answer.status_code == 200


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def test_a_restart_under_load_loses_nothing_and_is_over_by_itself(
    server: OwnServer, settings: CatalogSettings
) -> None:
    counts = 0
    stop = asyncio.Event()
    async with serving(create_counting_service(settings)) as client:

        async def keep_counting() -> None:
            nonlocal counts
            while not stop.is_set():
                counts += await _count(client)
                await asyncio.sleep(0.01)

        async def wait_for_more() -> None:
            before = counts
            await eventually(lambda: _is_above(before + 10), "requests to succeed")

        async def _is_above(number: int) -> bool:
            return counts > number

        async with asyncio.TaskGroup() as clients:
            for _ in range(3):
                clients.create_task(keep_counting())
            await wait_for_more()
            await asyncio.to_thread(server.stop)
            assert not await _count(client)
            assert not await _is_ready(client)
            await asyncio.to_thread(server.start)
            await wait_for_more()
            stop.set()
        assert (await client.get("/counters")).json()[0] >= counts


async def test_a_standby_is_no_database_until_it_is_promoted(
    server: OwnServer, settings: CatalogSettings
) -> None:
    async with serving(create_counting_service(settings)) as client:
        assert await _count(client)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start_as_standby)
        for _ in range(3):
            assert not await _count(client)
        assert not await _is_ready(client)
        connection = await asyncpg.connect(server.url)
        await connection.execute("SELECT pg_promote()")
        await connection.close()
        assert await _count(client)
        assert await _is_ready(client)


async def test_of_several_hosts_the_one_is_used_that_takes_writes(
    server: OwnServer, settings: CatalogSettings
) -> None:
    name = Database.connect(settings).dsn.partition("@/")[2].partition("?")[0]
    hosts = quote(f"{server.sockets}/nowhere,{server.sockets}", safe=",")
    url = f"postgresql://postgres@/{name}?host={hosts}"
    async with serving(create_counting_service(_settings(url))) as client:
        assert await _count(client)
