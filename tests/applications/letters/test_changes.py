"""What a change of the certificate does to letters, row by row."""

from datetime import date

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices, list_letters
from tests.applications.test_handlers import approve_application, build_issued_event
from tests.clock import ManualClock
from tests.mail import MailServer

CERTIFICATE = "SELECT ends_on, final_kind, successor, suspended_on FROM certificate"
KEPT_UNTIL = "SELECT kept_until FROM application WHERE id = :id"


@pytest.fixture
async def issued_notices(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> Notices:
    """A certificate that this service knows of."""
    application_id = await approve_application(client)
    event = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(event, clock.now()))
    notices = Notices(consumer, clock, application_id, event.number)
    notices.facts["certificate_id"], notices.last_day = event.certificate_id, event.ends_on
    return notices


async def _list_states(client: httpx.AsyncClient) -> set[tuple[str, str, str | None]]:
    letters = await list_letters(client)
    return {(letter["kind"], letter["state"], letter["reason"]) for letter in letters}


async def _read_text(server: MailServer) -> str:
    body = server.letters[-1].get_body(("plain",))
    return body.get_content() if body is not None else ""


async def test_renewed_suppresses_and_is_told_by_no_letter(
    client: httpx.AsyncClient, database: Database, issued_notices: Notices
) -> None:
    await issued_notices.tell_renewal_due()
    await issued_notices.tell_change("superseded", successor="07.2")
    assert await _list_states(client) == {("renewal_due", "suppressed", "superseded")}
    ((_, final_kind, successor, _),) = await people.fetch_rows(database, CERTIFICATE)
    assert (final_kind, successor) == ("superseded", "07.2")


async def test_restored_is_reminded_of_again(
    client: httpx.AsyncClient, database: Database, issued_notices: Notices
) -> None:
    await issued_notices.tell_renewal_due(90)
    await issued_notices.tell_change("superseded", successor="07.2")
    await issued_notices.tell_change("restored", successor="07.2")
    ((_, final_kind, successor, _),) = await people.fetch_rows(database, CERTIFICATE)
    assert (final_kind, successor) == (None, None)
    await issued_notices.tell_renewal_due(30)
    assert await _list_states(client) == {
        ("renewal_due", "suppressed", "superseded"),
        ("renewal_due", "planned", None),
    }


async def test_what_was_annulled_is_not_restored(
    database: Database, issued_notices: Notices
) -> None:
    await issued_notices.tell_change("superseded", successor="07.2")
    await issued_notices.tell_change("annulled")
    await issued_notices.tell_change("restored", successor="07.2")
    ((_, final_kind, *_),) = await people.fetch_rows(database, CERTIFICATE)
    assert final_kind == "annulled"


@pytest.mark.parametrize("kind", ["annulled", "withdrawn"])
async def test_annulled_and_withdrawn_are_told_whatever_else(
    client: httpx.AsyncClient,
    issued_notices: Notices,
    sender: LetterSender,
    mail_server: MailServer,
    kind: str,
) -> None:
    await issued_notices.tell_renewal_due()
    application_id = issued_notices.facts["application_id"]
    await client.post(f"/v1/applications/{application_id}/withdraw-consent")
    await issued_notices.tell_change(kind)
    await issued_notices.tell_change("superseded")
    assert await _list_states(client) == {
        ("renewal_due", "suppressed", kind),
        (kind, "planned", None),
    }
    assert await sender.send_due_letters() == 1
    assert len(mail_server.letters) == 1


async def test_extended_suppresses_is_told_and_moves_the_end_of_the_file(
    client: httpx.AsyncClient, database: Database, issued_notices: Notices
) -> None:
    await issued_notices.tell_renewal_due()
    await issued_notices.tell_change("extended", date(2030, 5, 1))
    await issued_notices.tell_change("extended", date(2031, 5, 1))
    assert await _list_states(client) == {
        ("renewal_due", "suppressed", "extended"),
        ("extended", "suppressed", "extended"),
        ("extended", "planned", None),
    }
    ((ends_on, *_),) = await people.fetch_rows(database, CERTIFICATE)
    assert ends_on == date(2031, 5, 1)
    application_id = issued_notices.facts["application_id"]
    certificate = (await client.get(f"/v1/applications/{application_id}")).json()["certificate"]
    assert (certificate["valid_until"], certificate["ends_on"]) == ("2029-03-02", "2031-05-01")
    ((kept_until,),) = await people.fetch_rows(database, KEPT_UNTIL, id=application_id)
    assert kept_until == date(2034, 5, 1)


async def test_shortened_is_told_however_often_the_end_comes_back(
    client: httpx.AsyncClient,
    clock: ManualClock,
    issued_notices: Notices,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await issued_notices.tell_renewal_due()
    for kind, end in (("shortened", date(2028, 5, 1)), ("extended", date(2030, 5, 1))):
        await issued_notices.tell_change(kind, end)
        clock.advance(days=1)
    await issued_notices.tell_change("shortened", date(2028, 5, 1))
    assert await _list_states(client) == {
        ("renewal_due", "suppressed", "shortened"),
        ("shortened", "suppressed", "extended"),
        ("extended", "suppressed", "shortened"),
        ("shortened", "planned", None),
    }
    await sender.send_due_letters()
    text = await _read_text(mail_server)
    assert "закончится раньше" in text
    assert "1 мая 2028" in text.replace("\xa0", " ")


async def test_suspended_is_said_in_what_is_sent_and_reinstated_is_not(
    client: httpx.AsyncClient,
    issued_notices: Notices,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    await issued_notices.tell_renewal_due(90)
    await issued_notices.tell_change("suspended")
    assert await _list_states(client) == {("renewal_due", "planned", None)}
    await sender.send_due_letters()
    assert "приостановлено" in await _read_text(mail_server)
    await issued_notices.tell_renewal_due(30)
    await issued_notices.tell_change("reinstated")
    await sender.send_due_letters()
    assert "приостановлено" not in await _read_text(mail_server)


async def test_what_bounces_after_a_change_goes_on_by_no_channel(
    client: httpx.AsyncClient, issued_notices: Notices, sender: LetterSender
) -> None:
    await issued_notices.tell_change("annulled")
    await issued_notices.tell_renewal_due()
    assert ("renewal_due", "suppressed", "annulled") in await _list_states(client)


async def test_a_change_of_another_certificate_changes_nothing_here(
    database: Database, issued_notices: Notices, consumer: Consumer, clock: ManualClock
) -> None:
    application_id = str(issued_notices.facts["application_id"])
    before = await people.fetch_rows(database, CERTIFICATE)
    await Notices(consumer, clock, application_id, "another").tell_change("annulled")
    assert await people.fetch_rows(database, CERTIFICATE) == before
