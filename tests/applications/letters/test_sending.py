"""Letters handed to a real SMTP server, and to one that misbehaves."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP

from services.applications.letters.addresses import hash_address
from services.applications.letters.operations import claim_letter
from services.applications.letters.sending import SENDER_ACTOR, LetterSender
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.delivery.circuit import MOST_FAILURES
from shared.delivery.mail import MailSecurity
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices, build_sender, list_letters
from tests.clock import ManualClock
from tests.mail import (
    Answer,
    MailServer,
    accept,
    create_certificate,
    freeze,
    hang_up,
    receiving_mail,
    refuse,
)


async def _get_letter(client: httpx.AsyncClient) -> dict[str, Any]:
    (letter,) = await list_letters(client)
    return letter


async def _plan_letters(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, count: int
) -> None:
    """Plans as many letters to one holder."""
    application_id = await people.submit_application(client)
    for number in range(count):
        await Notices(consumer, clock, application_id, str(number)).tell_expired()


async def test_a_letter_is_delivered_once(
    client: httpx.AsyncClient,
    notices: Notices,
    database: Database,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()
    assert await sender.send_due_letters() == 1
    assert await sender.send_due_letters() == 0
    letter = await _get_letter(client)
    assert (letter["state"], letter["attempts"]) == ("delivered", 1)
    assert mail_server.ids == [f"<{letter['id']}@localhost>"]
    ((row_id, address_hash),) = await people.fetch_rows(
        database, "SELECT id, address_hash FROM letter"
    )
    assert address_hash == hash_address(row_id, "anna@example.org")


async def test_a_sender_that_is_told_to_stop_finishes_the_letter_in_hand(
    client: httpx.AsyncClient,
    notices: Notices,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()
    is_in_hand, may_answer = asyncio.Event(), asyncio.Event()

    async def answer_late(_server: SMTP, _recipient: str) -> str:
        is_in_hand.set()
        await may_answer.wait()
        return "250 OK"

    mail_server.answer_letter = answer_late
    sending = asyncio.create_task(sender.send_due_letters())
    await is_in_hand.wait()
    sending.cancel()
    may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    letter = await _get_letter(client)
    assert (letter["state"], letter["attempts"]) == ("delivered", 1)


@pytest.mark.parametrize("answer", [hang_up, refuse("451 4.3.0 later")])
async def test_a_letter_whose_250_is_lost_goes_again_under_the_same_id(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
    answer: Answer,
) -> None:
    await notices.tell_renewal_due()
    mail_server.answer_letter = answer
    await sender.send_due_letters()
    assert (await _get_letter(client))["state"] == "failed"
    mail_server.answer_letter = accept
    assert await sender.send_due_letters() == 0, "not before its time"
    clock.advance(minutes=2)
    await sender.send_due_letters()
    assert (await _get_letter(client))["state"] == "delivered"
    assert len(mail_server.ids) == 2
    assert len(set(mail_server.ids)) == 1


async def test_an_address_that_is_never_taken_is_barred_and_post_goes_on(
    client: httpx.AsyncClient,
    notices: Notices,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()
    mail_server.answer_recipient = refuse("550 5.1.1 no such user anna@example.org")
    await sender.send_due_letters()
    # Both were planned at one moment of the clock.
    letter, next_letter = sorted(await list_letters(client), key=lambda item: item["channel"])
    assert (letter["state"], letter["failure"]) == ("bounced", "550"), "and nothing personal"
    assert (next_letter["channel"], next_letter["state"]) == ("post", "planned")
    assert next_letter["notice_id"] == letter["notice_id"]
    mail_server.answer_recipient = accept
    await notices.tell_expired()
    other_file = await people.submit_application(client)
    await Notices(consumer, clock, other_file, "2").tell_expired()
    assert {letter["channel"] for letter in await list_letters(client, kind="expired")} == {"post"}
    answer = await client.post("/v1/letters/retry", json={"ids": [letter["id"]]})
    assert (answer.status_code, answer.json()["rule"]) == (409, "letter.changed")


async def test_what_waits_for_an_address_that_another_letter_found_dead_goes_on_by_post(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_expired()
    mail_server.answer_recipient = refuse("550 5.1.1 no such user")
    await sender.send_due_letters()
    letters = await list_letters(client)
    assert sorted((letter["kind"], letter["channel"], letter["state"]) for letter in letters) in (
        [
            ("expired", "email", state),
            ("expired", "post", "planned"),
            ("renewal_due", "email", other_state),
            ("renewal_due", "post", "planned"),
        ]
        for state, other_state in (
            *(("bounced", "bounced"), ("suppressed", "bounced"), ("bounced", "suppressed")),
        )
    )


async def test_what_a_relay_forbids_by_its_policy_bars_no_address(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    await notices.tell_renewal_due()
    mail_server.answer_recipient = refuse("554 5.7.1 relay access denied")
    await sender.send_due_letters()
    letter = await _get_letter(client)
    assert (letter["state"], letter["failure"]) == ("failed", "554 5.7")


async def test_a_letter_comes_from_an_address_of_its_own_that_nobody_guesses(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()
    await notices.tell_expired()
    mail_server.answer_letter = refuse("451 later")
    await sender.send_due_letters()
    mail_server.answer_letter = accept
    clock.advance(minutes=2)
    await sender.send_due_letters()
    assert len(mail_server.return_paths) == 4
    assert len(set(mail_server.return_paths)) == 2, "sent again it has the same"
    for path in mail_server.return_paths:
        assert re.fullmatch(r"attesta\+[a-z2-7]{26}@localhost", path)
        assert not any(letter["id"] in path for letter in await list_letters(client))


async def test_a_full_mailbox_is_tried_for_days_and_then_given_up(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_expired()
    mail_server.answer_recipient = refuse("452 4.2.2 full")
    began_at = clock.now()
    for _ in range(9):
        assert await sender.send_due_letters() == 1
        letter = await _get_letter(client)
        clock.advance(days=1)
        clock.advance(hours=5)
        while sender.settings.letters_from_hour > (clock.now().hour + 3) % 24 or (
            (clock.now().hour + 3) % 24 >= sender.settings.letters_to_hour
        ):
            clock.advance(hours=1)
    assert (letter["state"], letter["failures"], letter["failure"]) == ("given_up", 9, "452")
    assert (clock.now() - began_at).days >= 3
    assert await sender.send_due_letters() == 0


@pytest.mark.parametrize("answer", [freeze, hang_up, refuse("554 spam")])
async def test_a_broken_relay_costs_a_few_tries_and_then_one_an_hour(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    mail_server: MailServer,
    answer: Answer,
) -> None:
    await _plan_letters(client, consumer, clock, 12)
    quick_sender = build_sender(database, clock, settings, mail_server, limit_seconds=0.5)
    mail_server.answer_letter = answer
    await quick_sender.send_due_letters()
    first_tries = mail_server.connection_count
    assert MOST_FAILURES <= first_tries <= MOST_FAILURES + settings.smtp_connections - 1
    for _ in range(30):
        clock.advance(minutes=10)
        await quick_sender.send_due_letters()
    hourly_tries = mail_server.connection_count - first_tries
    assert 4 <= hourly_tries <= 8, "five hours, with the shorter pauses of the first"
    mail_server.answer_letter = accept
    mail_server.letters.clear()
    clock.advance(hours=1)
    await quick_sender.send_due_letters()
    clock.advance(days=1)
    await quick_sender.send_due_letters()
    states = {letter["state"] for letter in await list_letters(client)}
    assert states == {"delivered"}
    assert len(set(mail_server.ids)) == 12


async def test_a_relay_that_is_not_there_loses_nothing(
    client: httpx.AsyncClient,
    notices: Notices,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_expired()
    await build_sender(database, clock, settings, mail_server, port=1).send_due_letters()
    letter = await _get_letter(client)
    assert (letter["state"], letter["failures"], letter["attempts"]) == ("failed", 0, 1)
    clock.advance(minutes=2)
    await sender.send_due_letters()
    assert (await _get_letter(client))["state"] == "delivered"


async def test_one_slow_letter_holds_up_no_other(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await _plan_letters(client, consumer, clock, 8)
    first_letter_in = asyncio.Event()

    async def delay_first(_server: object, _recipient: str) -> str:
        if not first_letter_in.is_set():
            first_letter_in.set()
            while len(mail_server.letters) < 8:
                await asyncio.sleep(0.01)
        return "250 OK"

    mail_server.answer_letter = delay_first
    assert await sender.send_due_letters() == 8


async def test_two_senders_never_send_the_same_letter(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await _plan_letters(client, consumer, clock, 20)
    counts = await asyncio.gather(sender.send_due_letters(), sender.send_due_letters())
    assert sum(counts) == 20
    assert len(mail_server.ids) == len(set(mail_server.ids)) == 20


async def test_a_sender_that_dies_leaves_a_letter_that_another_sends(
    client: httpx.AsyncClient,
    notices: Notices,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, SENDER_ACTOR)
        assert await claim_letter(context) is not None
    assert (await _get_letter(client))["state"] == "sending", "and the sender is dead"
    assert await sender.send_due_letters() == 0
    clock.advance(minutes=5)
    assert await sender.send_due_letters() == 1
    letter = await _get_letter(client)
    assert (letter["state"], letter["attempts"]) == ("delivered", 2)
    assert len(mail_server.letters) == 1


async def test_what_is_being_sent_when_a_change_comes_is_not_tried_again(
    client: httpx.AsyncClient,
    notices: Notices,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await notices.tell_renewal_due()

    async def change_meanwhile(_server: object, _recipient: str) -> str:
        await notices.tell_change("superseded")
        return "451 later"

    mail_server.answer_letter = change_meanwhile
    await sender.send_due_letters()
    letter = await _get_letter(client)
    assert (letter["state"], letter["reason"]) == ("suppressed", "superseded")


async def test_nothing_is_sent_without_the_security_that_the_settings_ask_for(
    client: httpx.AsyncClient,
    notices: Notices,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    mail_server: MailServer,
    tmp_path: Path,
) -> None:
    await notices.tell_expired()
    secure = {"security": MailSecurity.STARTTLS}
    await build_sender(database, clock, settings, mail_server, **secure).send_due_letters()
    assert mail_server.letters == []
    assert (await _get_letter(client))["failure"] == "SMTPException"
    authorities, server_context = create_certificate(tmp_path)
    async with receiving_mail(tls_context=server_context, require_starttls=True) as server:
        clock.advance(minutes=2)
        await build_sender(database, clock, settings, server, **secure).send_due_letters()
        assert server.letters == [], "nobody vouches for this certificate"
        clock.advance(hours=1)
        sender = build_sender(database, clock, settings, server, authorities=authorities, **secure)
        await sender.send_due_letters()
        assert len(server.letters) == 1
