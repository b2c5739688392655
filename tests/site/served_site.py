"""The three services in this process, at one address, as the gateway's table leads."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.gateway.table import RouteTable
from services.applications import handlers as applications_handlers
from services.applications import main as applications_main
from services.applications.settings import ApplicationsSettings
from services.catalog import main as catalog_main
from services.catalog.settings import CatalogSettings
from services.certificates import handlers as certificates_handlers
from services.certificates import main as certificates_main
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests import tokens
from tests.clock import ManualClock
from tests.databases import Databases
from tests.site.readers import CRAWLED_AT, ROLES

ADDRESS = "http://site.test"


@dataclass(frozen=True, slots=True)
class ServedSite:
    """The site: its services' applications, clocks, and clients of their APIs."""

    apps: Mapping[str, FastAPI]
    apis: Mapping[str, httpx.AsyncClient]
    clock: ManualClock
    certificates_clock: ManualClock
    applications_settings: ApplicationsSettings
    catalog_database: Database
    applications_database: Database
    certificates_database: Database
    applications_consumer: Consumer
    certificates_consumer: Consumer
    table: RouteTable

    def find_app(self, address: str) -> FastAPI:
        """The application that answers this address. Raises `LookupError` where nobody does."""
        path = unquote(urlsplit(address).path)
        service = self.table.find_service(path)
        if service is None:
            raise LookupError(f"nobody answers {path}")
        return self.apps[service]

    async def open(self, address: str, role: str) -> httpx.Response:
        """The answer to a reader of this role."""
        return await self.send("GET", address, role)

    async def send(
        self,
        method: str,
        address: str,
        role: str,
        extra_headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> httpx.Response:
        """The answer to a form of this reader; `body` as httpx takes it."""
        transport = httpx.ASGITransport(self.find_app(address), raise_app_exceptions=False)
        headers = {"Accept-Encoding": "identity", **ROLES[role], **(extra_headers or {})}
        request = httpx.Request(method, f"{ADDRESS}{address}", headers=headers, **body)
        response = await transport.handle_async_request(request)
        await response.aread()
        response.request = request
        return response


@asynccontextmanager
async def serve_site(databases: Databases, folder: Path) -> AsyncIterator[ServedSite]:
    """The site with empty databases; documents lie in the folder."""
    clock, certificates_clock = ManualClock(CRAWLED_AT), ManualClock()
    async with AsyncExitStack() as stack:
        catalog_settings = await stack.enter_async_context(databases.fresh(_catalog_settings))
        applications_settings = await stack.enter_async_context(
            databases.fresh(partial(_applications_settings, folder=folder))
        )
        certificates_settings = await stack.enter_async_context(
            databases.fresh(_certificates_settings)
        )
        apps = {
            "catalog": catalog_main.create(catalog_settings, clock),
            "applications": applications_main.create(applications_settings, clock),
            "certificates": certificates_main.create(certificates_settings, certificates_clock),
        }
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
        catalog_database = Database.connect(catalog_settings)
        applications_database = Database.connect(applications_settings)
        certificates_database = Database.connect(certificates_settings)
        for database in (catalog_database, applications_database, certificates_database):
            stack.push_async_callback(database.close)
        yield ServedSite(
            apps=apps,
            apis={name: _build_api_client(app) for name, app in apps.items()},
            clock=clock,
            certificates_clock=certificates_clock,
            applications_settings=applications_settings,
            catalog_database=catalog_database,
            applications_database=applications_database,
            certificates_database=certificates_database,
            applications_consumer=Consumer(
                applications_database,
                applications_settings,
                applications_handlers.event_handlers(applications_settings),
                clock,
            ),
            certificates_consumer=Consumer(
                certificates_database,
                certificates_settings,
                certificates_handlers.event_handlers(certificates_settings),
                certificates_clock,
            ),
            table=RouteTable.read(),
        )


def _build_api_client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = tokens.all_roles_headers()
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)


def _catalog_settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), trial_site=True)


def _applications_settings(url: str, folder: Path) -> ApplicationsSettings:
    return ApplicationsSettings(
        database_url=SecretStr(url),
        documents_url=(folder / "documents").as_uri(),
        upload_limit_bytes=2 * 1024 * 1024,
        trial_site=True,
    )


def _certificates_settings(url: str) -> CertificatesSettings:
    return CertificatesSettings(
        database_url=SecretStr(url),
        iso_measures=True,
        public_rate="1000000/minute",
        public_unknown_rate="100000/hour",
        trial_site=True,
        webhook_limit_seconds=0.2,  # nobody sends: who presses a button waits in vain
    )
