"""A mail server, and a sender of digests to it."""

from collections.abc import AsyncIterator

import pytest

from services.applications.digests.sending import DigestSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.delivery.mail import MailRelay, MailSecurity
from tests.clock import ManualClock
from tests.mail import MailServer, receiving_mail
from tests.serving import WIRE_SECONDS


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """The server that digests are handed to."""
    async with receiving_mail() as server:
        yield server


@pytest.fixture
def digest_sender(
    database: Database, clock: ManualClock, settings: ApplicationsSettings, mail_server: MailServer
) -> DigestSender:
    """The service's sender of digests."""
    relay = MailRelay(
        host="127.0.0.1",
        port=mail_server.port,
        security=MailSecurity.NONE,
        limit_seconds=WIRE_SECONDS,
    )
    return DigestSender(database, clock, settings, relay)
