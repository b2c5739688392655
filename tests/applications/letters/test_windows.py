"""A letter about renewal names the days that are suggested for it, where there are any."""

from datetime import date
from email.message import EmailMessage

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from shared.events.certificates import RenewalDays
from shared.messaging.consumer import Consumer
from tests.applications.letters.notices import Notices, apply
from tests.clock import ManualClock
from tests.mail import MailServer

WINDOW = RenewalDays(
    starts_on=date(2026, 3, 10),
    ends_on=date(2026, 3, 16),
    url="https://council.example/why?a=<b>&c",
)


def _read_body(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return " ".join(content.split())


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("ru", "Лучше подать заявление: с 10 марта 2026 г. по 16 марта 2026 г."),
        ("en", "Best time to apply: from 10 March 2026 to 16 March 2026"),
    ],
)
async def test_a_letter_names_the_suggested_days_and_where_they_are_explained(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
    language: str,
    days: str,
) -> None:
    application_id = await apply(client, language=language)
    await Notices(consumer, clock, application_id).tell_renewal_due(window=WINDOW)
    await Notices(consumer, clock, application_id, "2").tell_renewal_due()
    assert await sender.send_due_letters() == 2
    without_window, with_window = sorted(
        mail_server.letters, key=lambda letter: WINDOW.url in _read_body(letter, "plain")
    )
    text = _read_body(with_window, "plain").replace("\xa0", " ")
    assert days in text
    assert WINDOW.url in text
    html = _read_body(with_window, "html")
    assert "a=&lt;b&gt;&amp;c" in html
    assert "<b>" not in html
    assert "16" not in _read_body(without_window, "plain").replace("2026", "")
