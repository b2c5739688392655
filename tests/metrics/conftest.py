"""Services whose gauges are read anew at each scrape."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

import services.applications.main
import services.catalog.main
import services.certificates.main
from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving


def catalog_settings(url: str) -> CatalogSettings:
    """Settings of the catalog that keep nothing between scrapes."""
    return CatalogSettings(database_url=SecretStr(url), metrics_cache_seconds=0)


def applications_settings(url: str) -> ApplicationsSettings:
    """The same of applications."""
    return ApplicationsSettings(database_url=SecretStr(url), metrics_cache_seconds=0)


def certificates_settings(url: str) -> CertificatesSettings:
    """The same of certificates."""
    return CertificatesSettings(database_url=SecretStr(url), metrics_cache_seconds=0)


@dataclass(frozen=True, slots=True)
class RunningServices:
    """The three services over HTTP."""

    catalog: httpx.AsyncClient
    applications: httpx.AsyncClient
    certificates: httpx.AsyncClient

    @property
    def clients(self) -> dict[str, httpx.AsyncClient]:
        return {name: getattr(self, name) for name in ("catalog", "applications", "certificates")}


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CatalogSettings]:
    """The catalog's settings, with a database of their own."""
    async with databases.fresh(catalog_settings) as settings:
        yield settings


@pytest.fixture
async def client(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The catalog over HTTP."""
    async with serving(services.catalog.main.create(settings, clock)) as client:
        yield client


@pytest.fixture
async def all_services(databases: Databases, clock: ManualClock) -> AsyncIterator[RunningServices]:
    """All three services, each with a database of its own."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        catalog_own = await enter(databases.fresh(catalog_settings))
        applications_own = await enter(databases.fresh(applications_settings))
        certificates_own = await enter(databases.fresh(certificates_settings))
        yield RunningServices(
            await enter(serving(services.catalog.main.create(catalog_own, clock))),
            await enter(serving(services.applications.main.create(applications_own, clock))),
            await enter(serving(services.certificates.main.create(certificates_own, clock))),
        )
