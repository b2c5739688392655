"""A mail server, and a sender to it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices, build_sender
from tests.clock import ManualClock
from tests.mail import MailServer, receiving_mail


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """The server that letters are handed to."""
    async with receiving_mail() as server:
        yield server


@pytest.fixture
def sender(
    database: Database, clock: ManualClock, settings: ApplicationsSettings, mail_server: MailServer
) -> LetterSender:
    """The service's sender of letters."""
    return build_sender(database, clock, settings, mail_server)


@pytest.fixture
async def notices(client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock) -> Notices:
    """A certificate of a holder who is told by e-mail."""
    return Notices(consumer, clock, await people.submit_application(client))
