"""The contact of an endpoint is told by mail when nothing is taken: after a day, and at the end."""

from pathlib import Path

import httpx
import pytest

import services.certificates
from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.notices import NoticeSender
from services.certificates.webhooks.sending import WebhookSender
from shared.db import Database
from shared.delivery.mail import MailSecurity
from shared.locale.catalogues import read_languages
from tests.certificates.rosters.portal import subscribe
from tests.certificates.webhooks.portals import (
    PortalServer,
    activate,
    enter_endpoint,
    number_events,
)
from tests.clock import ManualClock
from tests.mail import MailServer, receiving_mail, refuse
from tests.receivers import answering

LANGUAGES = read_languages(Path(services.certificates.__file__).parent, None)


def build_notice_sender(
    database: Database, clock: ManualClock, settings: CertificatesSettings, mail: MailServer
) -> NoticeSender:
    mailing = settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": MailSecurity.NONE,
        }
    )
    return NoticeSender(database, clock, mailing, LANGUAGES, mailing.build_relay())


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    """The address of a subscription."""
    return await subscribe(client)


async def test_the_contact_is_told_after_a_day_and_when_it_is_paused(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))
    server.fault = answering(500)
    await number_events(database, clock, settings, [path])
    async with receiving_mail() as mail:
        notices = build_notice_sender(database, clock, settings, mail)
        for hours in range(0, 6 * 24, 6):
            await sender.send_due()
            await notices.send_due_notices()
            assert len(mail.letters) == (hours >= 24) + (hours >= 120), hours
            clock.advance(hours=6)
    failing, paused = mail.letters
    assert failing["To"] == paused["To"] == "it@portal.example"
    for letter, words in ((failing, "не доходят"), (paused, "остановлена")):
        assert words in letter["Subject"]
        content = letter.get_content()
        assert (
            f"{settings.site_url}/ru{path.removeprefix('/v1').replace('subscriptions', 'rosters')}"
            in content
        )
        assert "2026" in content
        assert "\\n" not in content
    assert failing["Message-ID"] != paused["Message-ID"]


async def test_a_mail_is_tried_again_until_the_relay_takes_it(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))
    server.fault = answering(410)
    await number_events(database, clock, settings, [path])
    await sender.send_due()
    async with receiving_mail() as mail:
        notices = build_notice_sender(database, clock, settings, mail)
        mail.answer_letter = refuse("451 later")
        assert await notices.send_due_notices() == 1
        assert await notices.send_due_notices() == 0
        clock.advance(hours=1)
        mail.answer_letter = refuse("250 OK")
        assert await notices.send_due_notices() == 1
        clock.advance(days=9)
        assert await notices.send_due_notices() == 0
    assert len(set(mail.ids)) == 1, "under one Message-ID"


async def test_who_takes_events_again_is_told_nothing(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: CertificatesSettings,
    sender: WebhookSender,
    path: str,
    server: PortalServer,
) -> None:
    await activate(database, await enter_endpoint(client, path, server))
    server.fault = answering(500)
    await number_events(database, clock, settings, [path])
    for _ in range(2):
        await sender.send_due()
        clock.advance(days=1, hours=1)
    server.fault = None
    await sender.send_due()
    async with receiving_mail() as mail:
        notices = build_notice_sender(database, clock, settings, mail)
        assert await notices.send_due_notices() == 0
    assert mail.letters == []
