"""The local stack's mailbox: what was sent can be read, and can do nothing."""

from email.message import EmailMessage
from pathlib import Path

import httpx

from deploy.local.mailbox import build_mailbox
from deploy.local.ports import HOST
from shared.delivery.attempts import AttemptOutcome
from shared.delivery.mail import MailRelay, MailSecurity
from tests.ports import reserve_ports
from tests.serving import WIRE_SECONDS


def _build_letter() -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = "attesta@localhost", "anna@example.org"
    letter["Subject"], letter["Message-ID"] = "Срок <b>действия</b>", "<1@localhost>"
    letter.set_content("Текст письма")
    letter.add_alternative("<p>Письмо</p><script>alert(1)</script>", subtype="html")
    return letter


async def test_a_letter_that_was_sent_can_be_read(tmp_path: Path) -> None:
    smtp_port = reserve_ports().mailbox_smtp
    relay = MailRelay(
        host=HOST, port=smtp_port, security=MailSecurity.NONE, limit_seconds=WIRE_SECONDS
    )
    for number in (1, 2):
        app = build_mailbox(tmp_path / "mailbox", smtp_port)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://mailbox") as client,
        ):
            assert (await client.get("/health/ready")).status_code == 200
            attempt = await relay.send(_build_letter())
            assert attempt.outcome is AttemptOutcome.DELIVERED
            letters = (await client.get("/letters")).json()
            assert [letter["number"] for letter in letters] == list(range(number, 0, -1))
            assert letters[0]["text"] == "Текст письма\n"
            page = await client.get("/")
            assert "Срок &lt;b&gt;действия&lt;/b&gt;" in page.text
            letter = await client.get(f"/letters/{number}")
            assert "Текст письма" in letter.text
            body = await client.get(f"/letters/{number}/html")
            assert "<script>" in body.text
            assert body.headers["Content-Security-Policy"].startswith("sandbox;")
            assert (await client.get("/letters/7")).status_code == 404
            assert (await client.get("/letters/7/html")).status_code == 404
