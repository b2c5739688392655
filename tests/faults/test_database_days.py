"""The database's bad days: others in the way, silence, no writes, no connections."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from signal import SIGCONT, SIGSTOP
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlmodel import col, select

from services.catalog.settings import CatalogSettings
from shared.db import Connection, Database
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.counting_service import Counter, create_counters, create_counting_service
from tests.problems import assert_problem
from tests.serving import serving

Served = tuple[httpx.AsyncClient, FastAPI]
Serve = Callable[..., AbstractAsyncContextManager[Served]]

_PIDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
_WAITING = f"{_PIDS} AND wait_event_type = 'Lock'"


def _settings(url: str, **own: Any) -> CatalogSettings:
    limits = {"database_pool_size": 4, "database_pool_overflow": 4, **own}
    return CatalogSettings(database_url=SecretStr(url), **limits)


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    """A database with counters, which the test uses up."""
    url = await databases.create(_settings)
    database = Database.connect(_settings(url))
    await create_counters(database)
    await database.close()
    yield url
    await databases.drop(url)


@pytest.fixture
async def stranger(url: str) -> AsyncIterator[Connection]:
    """Somebody else's connection."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.fixture
def serve(url: str) -> Serve:
    """Serves the counters with these settings."""

    @asynccontextmanager
    async def serve_counters(own_url: str = url, **own: Any) -> AsyncIterator[Served]:
        app = create_counting_service(_settings(own_url, **own))
        async with serving(app) as client:
            yield client, app

    return serve_counters


async def _read_counters(client: httpx.AsyncClient) -> list[int]:
    answer = await client.get("/counters")
    assert answer.status_code == 200, answer.text
    values: list[int] = answer.json()
    return values


def _is_unavailable(answer: httpx.Response) -> bool:
    assert_problem(answer, 503, "service.unavailable")
    return answer.headers["Retry-After"].isdigit()


async def _waiters(stranger: Connection, count: int) -> list[int]:
    async def enough() -> list[int] | None:
        # Who is in a transaction sees the same activity until its end.
        await stranger.execute("SELECT pg_stat_clear_snapshot()")
        pids = [row["pid"] for row in await stranger.fetch(_WAITING, stranger.get_server_pid())]
        return pids if len(pids) >= count else None

    return await eventually(enough, f"{count} to wait for a lock")


async def test_a_hot_row_holds_up_nobody_else_and_loses_nothing(
    serve: Serve, stranger: Connection
) -> None:
    async with serve(lock_timeout_seconds=20, database_pool_wait_seconds=60) as (client, _):
        async with stranger.transaction():
            await stranger.execute("UPDATE counter SET value = 0 WHERE id = 1")
            hot = [asyncio.create_task(client.post("/counters/1/count")) for _ in range(16)]
            await _waiters(stranger, 2)
            assert await _read_counters(client) == [0, 0, 0, 0]
            assert (await client.post("/counters/2/count")).status_code == 200
            assert not any(task.done() for task in hot)
        assert {answer.status_code for answer in await asyncio.gather(*hot)} == {200}
        assert await _read_counters(client) == [16, 1, 0, 0]


async def test_a_row_that_stays_locked_is_a_503(serve: Serve, stranger: Connection) -> None:
    async with serve(lock_timeout_seconds=0.3) as (client, _):
        async with stranger.transaction():
            await stranger.execute("UPDATE counter SET value = 7 WHERE id = 1")
            assert _is_unavailable(await client.post("/counters/1/count"))
            assert (await client.post("/counters/2/count")).status_code == 200
        assert (await client.post("/counters/1/count")).status_code == 200
        assert await _read_counters(client) == [8, 1, 0, 0]


@pytest.mark.parametrize(
    ("paths", "sums"),
    [(["1/2/count", "2/1/count"], [2, 2, 0, 0]), (["1/judge", "2/judge"], [1, 1, 0, 0])],
    ids=["deadlock", "serialization failure"],
)
async def test_who_was_undone_for_another_is_run_again(
    serve: Serve, paths: list[str], sums: list[int]
) -> None:
    async with serve(lock_timeout_seconds=30) as (client, _):
        answers = await asyncio.gather(*(client.post(f"/counters/{path}") for path in paths))
        assert {answer.status_code for answer in answers} == {200}
        assert await _read_counters(client) == sums


async def test_a_migration_is_never_felt(serve: Serve, stranger: Connection) -> None:
    async with serve() as (client, _):
        for _ in range(3):
            await asyncio.gather(*(_read_counters(client) for _ in range(4)))
            await stranger.execute("ALTER TABLE counter ALTER value TYPE bigint")
            await asyncio.gather(*(_read_counters(client) for _ in range(4)))
            await stranger.execute("ALTER TABLE counter ALTER value TYPE int")


async def test_a_database_that_takes_no_writes_is_left_until_it_does(
    serve: Serve, url: str, stranger: Connection
) -> None:
    name = make_url(url).database
    async with serve() as (client, _):
        await _read_counters(client)
        await stranger.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        for row in await stranger.fetch(_PIDS, stranger.get_server_pid()):
            await stranger.execute("SELECT pg_terminate_backend($1)", row["pid"])
        await eventually(lambda: _is_read(client), "the connections to be made anew")
        for _ in range(3):
            assert _is_unavailable(await client.post("/counters/1/count"))
            assert await _read_counters(client) == [0, 0, 0, 0]
        await stranger.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert (await client.post("/counters/1/count")).status_code == 200


async def _is_read(client: httpx.AsyncClient) -> bool:
    return (await client.get("/counters")).status_code == 200


async def test_a_frozen_idle_backend_is_left(serve: Serve, stranger: Connection) -> None:
    async with serve() as (client, _):
        await _read_counters(client)
        async with _frozen(stranger):
            assert (await client.post("/counters/1/count")).status_code == 200


async def test_a_backend_that_freezes_at_work_is_a_503_within_its_time(
    serve: Serve, stranger: Connection
) -> None:
    async with serve(statement_timeout_seconds=1, lock_timeout_seconds=60) as (client, _):
        async with stranger.transaction():
            await stranger.execute("UPDATE counter SET value = 0 WHERE id = 1")
            request = asyncio.create_task(client.post("/counters/1/count"))
            (pid,) = await _waiters(stranger, 1)
            os.kill(pid, SIGSTOP)
            try:
                assert _is_unavailable(await request)
                assert (await client.post("/counters/2/count")).status_code == 200
            finally:
                os.kill(pid, SIGCONT)
        assert await _read_counters(client) == [0, 1, 0, 0]


async def test_the_read_pool_leaves_a_backend_that_freezes(url: str, stranger: Connection) -> None:
    limits = {"statement_timeout_seconds": 0.5, "database_pool_wait_seconds": 1}
    database = Database.connect(_settings(url, database_pool_size=1, **limits))
    pool = await database.read_pool.get_pool()
    await pool.fetchval("SELECT 1")
    async with _frozen(stranger):
        with pytest.raises(TimeoutError):
            await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT 1") == 1
    await database.close()


@asynccontextmanager
async def _frozen(stranger: Connection) -> AsyncIterator[None]:
    """Freezes everybody else's backends."""
    pids = [row["pid"] for row in await stranger.fetch(_PIDS, stranger.get_server_pid())]
    assert pids
    for pid in pids:
        os.kill(pid, SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, SIGCONT)


async def test_a_transaction_without_an_end_is_broken_off(
    serve: Serve, stranger: Connection
) -> None:
    async with serve(transaction_timeout_seconds=0.5) as (client, _):
        assert _is_unavailable(await client.post("/counters/1/dawdle"))
        await stranger.execute("UPDATE counter SET value = value + 1 WHERE id = 1")
        assert await _read_counters(client) == [1, 0, 0, 0]


async def test_no_connection_left_is_a_503_until_there_is_one(
    serve: Serve, url: str, stranger: Connection
) -> None:
    role = f"limited_{os.getpid()}"
    await stranger.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1")
    try:
        await stranger.execute(f"GRANT SELECT, UPDATE ON counter TO {role}")
        own_url = make_url(url).set(username=role).render_as_string(hide_password=False)
        last_connection = await asyncpg.connect(own_url)
        async with serve(own_url) as (client, _):
            assert _is_unavailable(await client.post("/counters/1/count"))
            await last_connection.close()
            await eventually(lambda: _is_read(client), "the connection to be given back")
            assert (await client.post("/counters/1/count")).status_code == 200
    finally:
        await stranger.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_who_locks_a_row_that_it_read_before_has_it_as_it_is_now(
    url: str, stranger: Connection
) -> None:
    database = Database.connect(_settings(url))
    async with database.transaction() as session:
        early_row = await session.get_one(Counter, 1)
        assert early_row.value == 0
        await stranger.execute("UPDATE counter SET value = 5 WHERE id = 1")
        assert (await session.get_one(Counter, 1, with_for_update=True)).value == 5
        early_row.value = 6
        query = select(Counter).where(col(Counter.id) == 1).with_for_update()
        assert [row.value for row in (await session.exec(query)).all()] == [6]
    assert await stranger.fetchval("SELECT value FROM counter WHERE id = 1") == 6
    await database.close()
