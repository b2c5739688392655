"""Reports of what could not be delivered: honest ones, doubled ones, and hostile ones."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from services.applications.letters.delivery_reports import (
    DeliveryFault,
    read_delivery_report,
)
from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.principal import Scope
from tests import tokens
from tests.applications.letters.notices import Notices, list_letters
from tests.clock import ManualClock
from tests.mail import MailServer
from tests.problems import assert_problem

UNKNOWN = "attesta+aaaaaaaaaaaaaaaaaaaaaaaaaa@localhost"


def build_report(action: str = "failed", status: str = "5.1.1", *, boundary: str = "b1") -> bytes:
    """A report as postfix makes it."""
    return f"""From: MAILER-DAEMON@mx.example.org
To: {UNKNOWN}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{boundary}"

This is a MIME-encapsulated message.

--{boundary}
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--{boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon,  2 Mar 2026 12:00:00 +0300

Final-Recipient: rfc822; anna@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--{boundary}
Content-Type: text/rfc822-headers

Subject: letter
--{boundary}--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("action", "status", "fault"),
    [
        ("failed", "5.1.1", DeliveryFault.DEAD_ADDRESS),
        ("Failed (bad destination)", "5.1.10 (null MX)", DeliveryFault.DEAD_ADDRESS),
        ("failed", "5.2.1", DeliveryFault.DEAD_ADDRESS),
        ("failed", "5.2.2", DeliveryFault.UNDELIVERED),
        ("failed", "5.7.26", DeliveryFault.UNDELIVERED),
        ("failed", "4.4.7", DeliveryFault.UNDELIVERED),
        ("delayed", "4.4.1", DeliveryFault.PASSING),
        ("delivered", "2.0.0", DeliveryFault.PASSING),
    ],
)
def test_a_report_says_how_it_stands(action: str, status: str, fault: DeliveryFault) -> None:
    report = read_delivery_report(build_report(action, status))
    assert report is not None
    assert (report.fault, report.status) == (fault, status.split(maxsplit=1)[0])


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)) * 500,
    "no report": b"Subject: hello\r\n\r\nhow are you?",
    "no boundary": b"Content-Type: multipart/report\r\n\r\n--\r\n\r\nAction: failed\r\n",
    "no end": build_report()[:400],
    "no status": build_report(status="sorry"),
    "deep": b"Content-Type: multipart/report; boundary=a\r\n\r\n"
    + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 4000,
    "quotes": b'Content-Type: multipart/report; boundary="' + b';"\\' * 80_000,
    "many parts": b"Content-Type: multipart/report; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 30_000,
    "charset": b"Content-Type: multipart/report; boundary*=no-such'x'%FF%FE\r\n\r\n",
    "many headers": b"A: b\r\n" * 40_000,
    "folded": b"Content-Type: multipart/report;\r\n" + b" x=y;\r\n" * 30_000,
    "blank lines": b"Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n"
    b"Content-Type: message/delivery-status\r\n\r\n" + b" \r\n" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_no_report_and_costs_as_its_size(name: str) -> None:
    message = HOSTILE[name]
    seconds = []
    for content in (message[: len(message) // 2], message):
        began = time.process_time()
        assert read_delivery_report(content) is None
        seconds.append(time.process_time() - began)
    half_seconds, all_seconds = seconds
    assert all_seconds < 6 * max(half_seconds, 0.1), (
        "twice the message costs twice the time, not its square"
    )


async def _report(client: httpx.AsyncClient, recipient: str, content: bytes) -> httpx.Response:
    headers = {"Content-Type": "message/rfc822"}
    params = {"recipient": recipient}
    return await client.post("/v1/bounces", params=params, content=content, headers=headers)


async def _send_letter(notices: Notices, sender: LetterSender, mail_server: MailServer) -> str:
    await notices.tell_renewal_due()
    assert await sender.send_due_letters() == 1
    return mail_server.return_paths[-1]


async def _list_ways(client: httpx.AsyncClient) -> list[tuple[Any, ...]]:
    letters = await list_letters(client)
    ways = [(letter["channel"], letter["state"], letter["failure"]) for letter in letters]
    return sorted(ways, key=str)


async def test_a_letter_that_comes_back_goes_on_by_post_once(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    recipient = await _send_letter(notices, sender, mail_server)
    answers = await asyncio.gather(
        *(_report(client, recipient.upper(), build_report()) for _ in range(4))
    )
    outcomes = sorted(answer.json()["outcome"] for answer in answers)
    assert outcomes == ["bounced", "counted", "counted", "counted"]
    assert await _list_ways(client) == [("email", "bounced", "5.1.1"), ("post", "planned", None)]
    await notices.tell_expired()
    assert await _list_ways(client) == [
        ("email", "bounced", "5.1.1"),
        *[("post", "planned", None)] * 2,
    ], "the address is barred"


async def test_what_is_no_fault_of_the_address_bars_it_not(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    recipient = await _send_letter(notices, sender, mail_server)
    await _report(client, recipient, build_report(status="5.2.2"))
    assert await _list_ways(client) == [("email", "bounced", "5.2.2"), ("post", "planned", None)]
    await notices.tell_expired()
    assert ("email", "planned", None) in await _list_ways(client)


async def test_a_delay_is_counted_and_changes_nothing(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    recipient = await _send_letter(notices, sender, mail_server)
    answer = await _report(client, recipient, build_report("delayed", "4.4.1"))
    assert answer.json() == {"outcome": "counted"}
    assert await _list_ways(client) == [("email", "delivered", None)]


async def test_a_report_that_is_quicker_than_the_relays_answer_counts(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    async def report_at_once(_server: object, _recipient: str) -> str:
        answer = await _report(client, mail_server.return_paths[-1], build_report())
        return "250 OK" if answer.json() == {"outcome": "bounced"} else "451 no"

    mail_server.answer_letter = report_at_once
    await _send_letter(notices, sender, mail_server)
    assert await _list_ways(client) == [("email", "bounced", "5.1.1"), ("post", "planned", None)]


async def test_nobody_returns_a_letter_whose_address_they_do_not_know(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    recipient = await _send_letter(notices, sender, mail_server)
    (letter,) = await list_letters(client)
    for wrong_address in (
        UNKNOWN,
        "attesta@localhost",
        f"attesta+{letter['id']}@localhost",
        "",
        "x" * 300,
    ):
        assert_problem(await _report(client, wrong_address, build_report()), 404, "bounce.unknown")
    for content in (b"", build_report(status="x")):
        assert_problem(await _report(client, recipient, content), 422, "bounce.unreadable")
    large = build_report() + b"x" * settings.bounce_limit_bytes
    assert_problem(await _report(client, recipient, large), 422, "bounce.size")
    clerk = tokens.bearer(*(scope for scope in Scope if scope is not Scope.REPORT_BOUNCES))
    answer = await client.post("/v1/bounces", params={"recipient": recipient}, headers=clerk)
    assert_problem(answer, 403, "auth.scope")
    clock.advance(days=settings.letter_link_days + 1)
    assert_problem(await _report(client, recipient, build_report()), 404, "bounce.unknown")
    assert await _list_ways(client) == [("email", "delivered", None)]
