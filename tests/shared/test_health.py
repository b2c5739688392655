"""Readiness tells what is wrong; liveness does not care."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from tests.conditions import eventually
from tests.databases import Databases
from tests.scrapes import scrape
from tests.serving import serving


async def test_a_service_with_its_database_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"process": "ok", "database": "ok", "migrations": "ok"}


async def test_another_migration_than_the_codes_is_not_ready(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        await execute(session, text("UPDATE alembic_version SET version_num = '0000'"))
        await execute(session, text("COMMENT ON TABLE alembic_version IS NULL"))
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "ok"
    assert "0000" in ready.json()["checks"]["migrations"]


async def test_newer_code_that_has_only_added_leaves_a_process_ready(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def stand_at(revision: str, floor: str) -> httpx.Response:
        async with database.transaction() as session:
            await execute(session, text(f"UPDATE alembic_version SET version_num = '{revision}'"))
            await execute(session, text(f"COMMENT ON TABLE alembic_version IS '{floor}'"))
        return await client.get("/health/ready")

    assert (await stand_at("catalog_0002", floor="catalog_0001")).status_code == 200
    contracted = await stand_at("catalog_0003", floor="catalog_0002")
    assert contracted.status_code == 503
    assert "catalog_0003, not at catalog_0001" in contracted.json()["checks"]["migrations"]


async def test_without_its_database_a_service_is_live_not_ready_and_says_503(
    databases: Databases, settings: CatalogSettings
) -> None:
    missing_database_url = settings.database_url.get_secret_value().replace("/catalog_", "/gone_")
    async with serving(
        create(CatalogSettings(database_url=SecretStr(missing_database_url)))
    ) as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"] != "ok"


async def test_requests_that_hold_all_connections_take_none_from_health_figures_and_status(
    client: httpx.AsyncClient, app: FastAPI, settings: CatalogSettings
) -> None:
    database = app.state.resources.database
    async with AsyncExitStack() as stack:
        for _ in range(settings.database_pool_size + settings.database_pool_overflow):
            await stack.enter_async_context(database.engine.connect())
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        figures = await scrape(client)
        assert figures.value("attesta_scrape_failed", source="outbox") == 0
        assert (await client.get("/ops/status")).json()["unread_parts"] == []


async def test_a_database_that_takes_no_writes_is_not_ready_until_it_does(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def set_read_only(value: str) -> None:
        async with database.engine.connect() as connection:
            await connection.execute(text("SET default_transaction_read_only = off"))
            name = await connection.scalar(text("SELECT current_database()"))
            await connection.execute(
                text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
            )
            await connection.commit()

    await set_read_only("on")
    try:
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"] != "ok"
    finally:
        await set_read_only("off")
    assert (await client.get("/health/ready")).status_code == 200, "it has left the connection"


async def test_a_backend_that_is_frozen_makes_one_answer_late_and_is_left(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert (await client.get("/health/ready")).status_code == 200
    async with database.engine.connect() as connection:
        pids = await connection.scalars(
            text(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND query LIKE '%FROM alembic_version%' AND pid <> pg_backend_pid()"
            )
        )
        (pid,) = pids.all()
    os.kill(pid, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {503}
        assert "no answer within" in answers[0].json()["checks"]["database"]

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await eventually(is_ready, "a connection that works", seconds=120)
    finally:
        os.kill(pid, signal.SIGCONT)
