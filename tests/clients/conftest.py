"""Clients as others install them, and a service of certificates for each test."""

import asyncio
import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.clients.documents import build_documents
from deploy.clients.python_package import PACKAGE, write_python_package
from deploy.clients.typescript_package import PackagesMissing, write_typescript_package
from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import jobs
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.certificates.approvals import approval, delivery
from tests.certificates.conftest import certificates_settings
from tests.certificates.rosters.portal import subscribe
from tests.certificates.webhooks.portals import number_events
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import WIRE_SECONDS, listening

CLIENTS = Path(__file__).parents[2] / "clients"


@dataclass(frozen=True, slots=True)
class Site:
    """A running service, and what a portal knows of it."""

    url: str
    token: str
    subscription_id: UUID

    def describe(self, **variables: str) -> dict[str, str]:
        """The variables that the examples of portals read."""
        return {
            "SITE": self.url,
            "TOKEN": self.token,
            "ROSTER": str(self.subscription_id),
            **variables,
        }


@pytest.fixture(scope="session")
def documents() -> Mapping[str, dict[str, Any]]:
    """The documents of the three services."""
    return build_documents()


@pytest.fixture(scope="session")
def python_folder(
    documents: Mapping[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the package for Python."""
    folder = tmp_path_factory.mktemp("clients") / "python"
    write_python_package(CLIENTS / "python", documents, folder)
    return folder


@pytest.fixture(scope="session")
def attesta_client(python_folder: Path) -> Iterator[Any]:
    """The package for Python, imported."""
    sys.path.insert(0, str(python_folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(python_folder))


@pytest.fixture(scope="session")
def typescript_folder(
    documents: Mapping[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the package for TypeScript, built; skips where that cannot be."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js with npm on this machine")
    folder = tmp_path_factory.mktemp("clients") / "typescript"
    try:
        write_typescript_package(CLIENTS / "typescript", documents, folder)
    except PackagesMissing as error:
        pytest.skip(f"npm cannot bring the packages: {error}")
    return folder


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """Settings that name a fresh, migrated database."""
    async with databases.fresh(certificates_settings) as settings:
        yield settings


@pytest.fixture
async def certificates(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> None:
    """Three certificates in the feed, issued on 2 March 2026."""
    consumer = Consumer(database, settings, event_handlers(settings), clock)
    for _ in range(3):
        await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)


@pytest.fixture
async def job_worker(
    settings: CertificatesSettings, database: Database, clock: ManualClock
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that answers jobs, until it is cancelled."""
    worker = asyncio.create_task(jobs.run_answering(database, clock, settings))
    yield worker
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


@pytest.fixture
async def site(
    certificates: None,
    job_worker: asyncio.Task[None],
    settings: CertificatesSettings,
    database: Database,
    clock: ManualClock,
) -> AsyncIterator[Site]:
    """A service with certificates, a roster with three events, and a worker that answers jobs."""
    token = tokens.token(*Scope, subject="portal", employer=tokens.EMPLOYER)
    with listening(create(settings, clock)) as url:
        async with httpx.AsyncClient(base_url=url, timeout=WIRE_SECONDS) as client:
            path = await subscribe(client)
        await number_events(database, clock, settings, [path], 3)
        yield Site(url, token, UUID(path.rpartition("/")[2]))
