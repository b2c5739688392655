"""What letters say: in both languages, nothing of the person, and nothing that a name could do."""

import re
from email.message import EmailMessage

import httpx
import lxml.html
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import NUMBER, Notices, apply, build_sender
from tests.applications.test_handlers import approve_application, build_issued_event
from tests.clock import ManualClock
from tests.mail import MailServer

HOSTILE_NAME = 'Оператор <script>alert("1")</script> & Co'
PERSONAL = ("Петрова", "Анна", "Сергеевна", "1999", "Галерная", "345678")


def _read_bodies(letter: EmailMessage) -> tuple[str, str]:
    bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (body.get_content() if body is not None else "" for body in bodies)
    return text, html


@pytest.mark.parametrize(
    ("language", "phrase"), [("ru", "действует по 1"), ("en", "is valid through 1")]
)
async def test_a_letter_says_what_ends_when_and_leads_to_the_page_of_verification(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
    language: str,
    phrase: str,
) -> None:
    notices = Notices(consumer, clock, await apply(client, language=language))
    await notices.tell_renewal_due()
    await sender.send_due_letters()
    (letter,) = mail_server.letters
    text, html = _read_bodies(letter)
    link = f"{settings.site_url}/{language}/verify"
    for body in (text, html):
        assert phrase in body
        assert NUMBER in body
        assert "Оператор контактного центра" in body
        assert link in body
        assert not [word for word in PERSONAL if word in body]
    assert letter["Content-Language"] == language
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = letter["List-Unsubscribe"].strip(" <>")
    page = f"{settings.site_url}/{language}/letters/unsubscribe"
    assert re.fullmatch(rf"{page}/[a-z2-7]{{26}}", address)
    assert address in text
    assert address in lxml.html.fromstring(html).xpath("//a/@href")
    assert letter["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert letter["To"] == "anna@example.org"
    assert not [word for word in PERSONAL if word in letter["Subject"]]


async def test_a_long_address_of_the_site_stays_readable_in_the_headers(
    notices: Notices,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    mail_server: MailServer,
) -> None:
    site_url = f"https://{'assessment.' * 9}example"
    long_settings = settings.model_copy(update={"site_url": site_url})
    await notices.tell_renewal_due()
    await build_sender(database, clock, long_settings, mail_server).send_due_letters()
    header = f"List-Unsubscribe: <{site_url}/ru/letters/unsubscribe/".encode()
    assert header in mail_server.contents[0], "neither folded nor encoded"


async def test_a_language_without_letters_gets_them_in_the_first_one(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await Notices(consumer, clock, await apply(client, language="tt")).tell_expired()
    await sender.send_due_letters()
    assert mail_server.letters[0]["Content-Language"] == "ru"


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_kind_of_letter_can_be_said(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
    language: str,
) -> None:
    application_id = await apply(client, language=language)
    await Notices(consumer, clock, application_id, "1").tell_expired()
    for number, kind in enumerate(("extended", "annulled", "withdrawn")):
        await Notices(consumer, clock, application_id, f"2{number}").tell_change(kind)
    assert await sender.send_due_letters() == 4
    assert len({letter["Subject"] for letter in mail_server.letters}) == 4


async def test_the_link_leads_to_the_certificate_itself(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    application_id = await approve_application(client)
    event = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(event, clock.now()))
    notices = Notices(consumer, clock, application_id, event.number)
    notices.facts["certificate_id"], notices.last_day = event.certificate_id, event.ends_on
    await notices.tell_expired()
    await sender.send_due_letters()
    text, html = _read_bodies(mail_server.letters[0])
    assert any(line.endswith(f"/ru/verify/{event.number}/2026-03-02") for line in text.split())
    renewal, link = lxml.html.fromstring(html).xpath("//a/@href")
    assert re.fullmatch(rf"{settings.site_url}/ru/letters/renewal/[a-z2-7]{{26}}", renewal)
    assert "List-Unsubscribe" not in mail_server.letters[0], "only reminders can be stopped"
    assert link.endswith(f"/ru/verify/{event.number}/2026-03-02")


async def test_a_hostile_name_stays_text(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    event = people.build_published_event(version=2)
    content = event.qualification.model_copy(update={"name": HOSTILE_NAME})
    event = event.model_copy(update={"qualification": content})
    await consumer.handle_record(people.build_record(event, clock.now()))
    await Notices(consumer, clock, await people.submit_application(client)).tell_expired()
    await sender.send_due_letters()
    _, html = _read_bodies(mail_server.letters[0])
    page = lxml.html.fromstring(html)
    assert page.xpath("//script") == []
    assert HOSTILE_NAME in page.text_content()
