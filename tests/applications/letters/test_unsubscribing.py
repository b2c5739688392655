"""Reminders stopped by who has the letter, and what is sent all the same."""

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices, list_letters
from tests.clock import ManualClock
from tests.mail import MailServer


async def _get_address(notices: Notices, sender: LetterSender, server: MailServer) -> str:
    """The address of one-click unsubscribing in the first reminder."""
    await notices.tell_renewal_due()
    await sender.send_due_letters()
    address = server.letters[-1]["List-Unsubscribe"].strip(" <>")
    return str(address.removeprefix("http://127.0.0.1:8000"))


async def _count_reminders(client: httpx.AsyncClient, notices: Notices, reason: str | None) -> int:
    await notices.tell_renewal_due(7)
    letters = await list_letters(client, kind="renewal_due")
    return sum(letter["reason"] == reason for letter in letters)


async def test_a_mail_program_stops_reminders_with_one_click_and_no_session(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    address = await _get_address(notices, sender, mail_server)
    stranger = {"Authorization": "", "Origin": "https://mail.example"}
    for _ in range(2):
        answer = await client.post(
            address, data={"List-Unsubscribe": "One-Click"}, headers=stranger
        )
        assert answer.status_code == 200, "and no redirect"
    assert await _count_reminders(client, notices, "unsubscribed") == 1


async def test_following_the_link_asks_and_changes_nothing(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    address = await _get_address(notices, sender, mail_server)
    page = await client.get(address, headers={"Authorization": ""})
    assert page.status_code == 200
    assert "Не присылать напоминаний" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert await _count_reminders(client, notices, "unsubscribed") == 0


async def test_what_the_law_or_fairness_asks_for_is_sent_all_the_same(
    client: httpx.AsyncClient,
    notices: Notices,
    consumer: Consumer,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    address = await _get_address(notices, sender, mail_server)
    await client.post(address)
    await notices.tell_change("annulled")
    await notices.tell_expired()
    other_file = await people.submit_application(client)
    await Notices(consumer, clock, other_file, "2").tell_renewal_due()
    mail_server.letters.clear()
    assert await sender.send_due_letters() == 3
    told_kinds = [letter["kind"] for letter in await list_letters(client, state="delivered")]
    assert sorted(told_kinds) == ["annulled", "expired", "renewal_due", "renewal_due"], (
        "and the other file's reminder"
    )


async def test_no_token_no_effect(
    client: httpx.AsyncClient,
    notices: Notices,
    clock: ManualClock,
    settings: ApplicationsSettings,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    address = await _get_address(notices, sender, mail_server)
    bounce_token = mail_server.return_paths[-1].partition("+")[2].partition("@")[0]
    for token in ("x", bounce_token, "a" * 26, "ы" * 300, "%ff"):
        for method in ("GET", "POST"):
            answer = await client.request(method, f"/ru/letters/unsubscribe/{token}")
            assert answer.status_code == 404, token
    clock.advance(days=settings.letter_link_days + 1)
    assert (await client.post(address)).status_code == 404
    assert await _count_reminders(client, notices, "unsubscribed") == 0


@pytest.mark.parametrize("column", ["token_hash", "address_hash"])
async def test_only_hashes_are_kept(
    client: httpx.AsyncClient,
    notices: Notices,
    database: Database,
    sender: LetterSender,
    mail_server: MailServer,
    column: str,
) -> None:
    address = await _get_address(notices, sender, mail_server)
    await client.post(address)
    table = {"token_hash": "letter_token", "address_hash": "barred_address"}[column]
    values = {
        value for (value,) in await people.fetch_rows(database, f"SELECT {column} FROM {table}")
    }
    assert values
    assert not any(len(value) != 64 for value in values)
    assert address.rpartition("/")[2] not in values
