"""Readiness tells what is wrong; liveness does not care."""

import httpx
from pydantic import SecretStr
from sqlalchemy import text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from tests.databases import Databases
from tests.serving import serving


async def test_a_service_with_its_database_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "migrations": "ok"}


async def test_another_migration_than_the_codes_is_not_ready(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        await execute(session, text("UPDATE alembic_version SET version_num = '0000'"))
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "ok"
    assert "0000" in ready.json()["checks"]["migrations"]


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
