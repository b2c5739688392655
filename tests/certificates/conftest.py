"""A certificates service of its own for each test."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from services.certificates.handlers import event_handlers
from services.certificates.main import create
from services.certificates.registry import feed
from services.certificates.settings import CertificatesSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.certificates.approvals import approval, delivery, rows
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving


def certificates_settings(url: str) -> CertificatesSettings:
    """Settings that name a database, and give an event up soon."""
    return CertificatesSettings(
        database_url=SecretStr(url), consumer_attempts=2, consumer_backoff_seconds=0.01
    )


@pytest.fixture
async def settings(databases: Databases) -> AsyncIterator[CertificatesSettings]:
    """Settings that name a fresh, migrated database."""
    async with databases.fresh(certificates_settings) as settings:
        yield settings


@pytest.fixture
def consumer(settings: CertificatesSettings, database: Database, clock: ManualClock) -> Consumer:
    """The service's consumer, to hand approvals to."""
    return Consumer(database, settings, event_handlers(settings), clock)


@pytest.fixture
async def client(
    settings: CertificatesSettings, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP."""
    async with serving(create(settings, clock)) as client:
        yield client


@pytest.fixture
async def three(
    consumer: Consumer, database: Database, settings: CertificatesSettings, clock: ManualClock
) -> list[UUID]:
    """Three certificates in the feed, in its order."""
    for _ in range(3):
        await consumer.handle_record(delivery(approval(), clock.now()))
    await feed.sequence_entries(database, clock, settings)
    entries = await rows(database, "SELECT subject_id FROM feed_entry ORDER BY position")
    return [row.subject_id for row in entries]


@pytest.fixture
async def issued_certificate(consumer: Consumer, clock: ManualClock) -> None:
    """A certificate issued on 2 March 2026, valid through 2 March 2029."""
    await consumer.handle_record(delivery(approval(), clock.now()))
