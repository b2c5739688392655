"""The applications service of its own for each test, with one qualification published."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.applications.handlers import event_handlers
from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving


@pytest.fixture
async def settings(databases: Databases, tmp_path: Path) -> AsyncIterator[ApplicationsSettings]:
    """Settings that name a fresh, migrated database and a folder for documents."""

    def settings_for(url: str) -> ApplicationsSettings:
        return ApplicationsSettings(
            database_url=SecretStr(url),
            documents_url=(tmp_path / "documents").as_uri(),
            upload_limit_bytes=2 * 1024 * 1024,
            consumer_attempts=2,
            consumer_backoff_seconds=0.01,
        )

    async with databases.fresh(settings_for) as settings:
        yield settings


@pytest.fixture
def consumer(settings: ApplicationsSettings, database: Database, clock: ManualClock) -> Consumer:
    """The service's consumer, to hand records to."""
    return Consumer(database, settings, event_handlers(settings), clock)


@pytest.fixture
async def client(
    settings: ApplicationsSettings, consumer: Consumer, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP; it has heard of the operator's qualification."""
    await consumer.handle_record(people.build_record(people.build_published_event(), clock.now()))
    async with serving(create(settings, clock)) as client:
        yield client
