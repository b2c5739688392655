"""A catalog of its own for each test."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url))


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CatalogSettings]:
    """Settings that name a fresh, migrated database."""
    async with databases.fresh(_settings) as settings:
        yield settings


@pytest.fixture
async def client(settings: CatalogSettings, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP."""
    async with serving(create(settings, clock)) as client:
        yield client
