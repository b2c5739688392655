"""Each service behind a real server, with a database of its own and something in it to ask for."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.local import postgres
from services.applications import handlers as applications_handlers
from services.applications import main as applications_main
from services.applications.settings import ApplicationsSettings
from services.catalog import main as catalog_main
from services.catalog.settings import CatalogSettings
from services.certificates import handlers as certificates_handlers
from services.certificates import main as certificates_main
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.settings import Settings
from tests import tokens
from tests.applications import people
from tests.catalog.qualifications import draft, publish
from tests.certificates.approvals import QUESTION, approval, delivery, failure
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import listening, serving

SITE_URL = "https://attesta.example"


@dataclass(frozen=True, slots=True)
class TriedService:
    """A service to be tried: settings for a database, its application, what it begins with."""

    settings: Callable[[str], Any]
    create: Callable[[Any, ManualClock], FastAPI]
    fill: Callable[[Any, ManualClock, httpx.AsyncClient], Awaitable[None]]


def _catalog_settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), log_level="ERROR", site_url=SITE_URL)


def _applications_settings(url: str) -> ApplicationsSettings:
    return ApplicationsSettings(
        database_url=SecretStr(url),
        log_level="ERROR",
        site_url=SITE_URL,
        documents_url=Path(tempfile.mkdtemp(prefix="attesta-documents-")).as_uri(),
    )


def _certificates_settings(url: str) -> CertificatesSettings:
    """Nothing waits for long, and nobody is refused for asking often."""
    return CertificatesSettings(
        database_url=SecretStr(url),
        log_level="ERROR",
        site_url=SITE_URL,
        roster_wait_seconds=0.1,
        webhook_limit_seconds=0.1,
        public_rate="1000000/minute",
        public_unknown_rate="1000000/minute",
        client_rate="1000000/minute",
        client_unknown_rate="1000000/minute",
    )


async def _fill_catalog(_: Settings, clock: ManualClock, client: httpx.AsyncClient) -> None:
    await publish(client, await draft(client))
    await draft(client, name="Оператор контактного центра, второй")


async def _fill_applications(
    settings: ApplicationsSettings, clock: ManualClock, client: httpx.AsyncClient
) -> None:
    async with _connected(settings) as database:
        consumer = Consumer(
            database, settings, applications_handlers.event_handlers(settings), clock
        )
        event = people.build_published_event()
        await consumer.handle_record(people.build_record(event, clock.now()))
    await people.submit_application(client)
    await people.examine_candidate(client)


async def _fill_certificates(
    settings: CertificatesSettings, clock: ManualClock, client: httpx.AsyncClient
) -> None:
    async with _connected(settings) as database:
        consumer = Consumer(
            database, settings, certificates_handlers.event_handlers(settings), clock
        )
        for event in (*(approval(council=tokens.COUNCIL) for _ in range(3)), failure()):
            await consumer.handle_record(delivery(event, clock.now()))
        await feed.sequence_entries(database, clock, settings)
    roster = {
        "name": "Отдел кадров",
        "purpose": "Сроки свидетельств сотрудников",
        "basis": "Трудовой договор",
        "until": "2027-03-01",
    }
    answer = await client.post("/v1/subscriptions", json=roster)
    answer.raise_for_status()
    (
        await client.post(f"{answer.headers['Location']}/enrolments", json=QUESTION)
    ).raise_for_status()


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Database]:
    database = Database.connect(settings)
    try:
        yield database
    finally:
        await database.close()


SERVICES: Mapping[str, TriedService] = {
    "applications": TriedService(
        _applications_settings, applications_main.create, _fill_applications
    ),
    "catalog": TriedService(_catalog_settings, catalog_main.create, _fill_catalog),
    "certificates": TriedService(
        _certificates_settings, certificates_main.create, _fill_certificates
    ),
}


@contextmanager
def running_service(name: str) -> Iterator[str]:
    """The address of the service, filled, until the end of the block; nothing is left of it."""
    tokens.publish_keys()
    service, clock = SERVICES[name], ManualClock()
    with tempfile.TemporaryDirectory(prefix="attesta-conformance-") as folder:
        Path(folder).chmod(0o755)  # the account of the database passes through
        with postgres.temporary_server(Path(folder)) as server_url:
            settings = asyncio.run(_prepare(service, clock, server_url))
            with listening(service.create(settings, clock)) as url:
                yield url


async def _prepare(service: TriedService, clock: ManualClock, server_url: str) -> Any:
    databases = Databases(server_url, "conformance")
    settings = service.settings(await databases.create(service.settings))
    async with serving(service.create(settings, clock)) as client:
        await service.fill(settings, clock, client)
    return settings
