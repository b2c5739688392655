"""Digests: once a day or a week by civil time, only of what there is, once however often run."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest

from services.applications.digests.operations import claim_digest
from services.applications.digests.rules import OfficeKind, next_digest_day
from services.applications.digests.sending import DIGEST_ACTOR, DigestSender
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.events.certificates import RenewalCapacityChanged
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.letters.notices import Notices, apply
from tests.clock import ManualClock
from tests.mail import MailServer, accept, refuse
from tests.problems import assert_problem

CENTRE = f"/v1/office-contacts/centre/{tokens.CENTRE}"
COUNCIL = f"/v1/office-contacts/council/{quote(tokens.COUNCIL)}"
CONTACT = {"email": "office@centre.example", "language": "ru"}


async def _set(client: httpx.AsyncClient, path: str, **changes: Any) -> None:
    answer = await client.put(path, json={**CONTACT, **changes})
    assert answer.status_code == 200, answer.text


def _read_text(server: MailServer, index: int = -1) -> str:
    body = server.letters[index].get_body(("plain",))
    return body.get_content().replace("\xa0", " ") if body is not None else ""


async def _wait_for_post(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, number: str = "1"
) -> None:
    """A letter that the centre is to print."""
    notices = Notices(consumer, clock, await apply(client, notify_by="post"), number)
    await notices.tell_expired()


async def _end_certificates(database: Database, clock: ManualClock, *days: date) -> None:
    """Certificates of the centre and the council, by their last days."""
    for day in days:
        application_id, now = uuid4(), clock.now()
        async with database.transaction() as session:
            await people.execute_statement(
                session,
                "INSERT INTO application (id, number, status, revision, qualification_id,"
                " qualification_version, council, language, centre_number, centre_name,"
                " submitted_at, received_on) SELECT :id, :number, 'closed', 1, id, version,"
                " :council, 'ru', :centre, 'Ц', :now, :today FROM qualification_version LIMIT 1",
                id=application_id,
                number=str(application_id),
                council=tokens.COUNCIL,
                centre=tokens.CENTRE,
                now=now,
                today=now.date(),
            )
            await people.execute_statement(
                session,
                "INSERT INTO certificate (application_id, certificate_id, number, issued_on,"
                " valid_until, ends_on, centre_number, council) VALUES (:id, :id, :number, :today,"
                " :day, :day, :centre, :council)",
                id=application_id,
                number=str(application_id),
                today=now.date(),
                day=day,
                council=tokens.COUNCIL,
                centre=tokens.CENTRE,
            )


def test_a_centre_is_due_daily_and_a_council_on_mondays() -> None:
    friday = date(2026, 3, 13)
    assert next_digest_day(OfficeKind.CENTRE, friday) == date(2026, 3, 14)
    for number in range(7):
        day = date(2026, 3, 9) + timedelta(days=number)
        assert next_digest_day(OfficeKind.COUNCIL, day) == date(2026, 3, 16)


async def test_a_centre_is_told_daily_what_waits_and_nothing_when_nothing_does(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, CENTRE)
    assert await digest_sender.send_due_digests() == 0, "from tomorrow on"
    clock.advance(days=1)
    assert await digest_sender.send_due_digests() == 1
    assert mail_server.letters == [], "there is nothing to tell"
    await _wait_for_post(client, consumer, clock)
    today = clock.now().date()
    await _end_certificates(database, clock, today + timedelta(days=7), today - timedelta(days=1))
    assert await digest_sender.send_due_digests() == 0
    clock.advance(days=1)
    await asyncio.gather(*(digest_sender.send_due_digests() for _ in range(3)))
    text = _read_text(mail_server)
    assert len(mail_server.letters) == 1
    assert mail_server.letters[0]["To"] == CONTACT["email"]
    assert mail_server.letters[0]["Auto-Submitted"] == "auto-generated"
    assert "Писем напечатать: 1" in text
    assert "Свидетельств закончится за 7 дней: 1" in text
    assert "позвонить" not in text, "what is nothing is left out"
    assert "Петрова" not in text


async def test_missed_days_are_told_once_with_the_truth(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, CENTRE)
    await _wait_for_post(client, consumer, clock)
    clock.advance(days=6)
    await _wait_for_post(client, consumer, clock, "2")
    await digest_sender.send_due_digests()
    await digest_sender.send_due_digests()
    assert len(mail_server.letters) == 1
    assert "Писем напечатать: 2" in _read_text(mail_server)
    clock.advance(days=1)
    await digest_sender.send_due_digests()
    assert len(mail_server.letters) == 2, "it waits still"
    assert len(set(mail_server.ids)) == 2


async def test_a_council_is_told_weekly_of_twelve_weeks(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, COUNCIL, language="en")
    clock.instant = datetime(2026, 3, 9, 9, tzinfo=UTC)
    days = (date(2026, 3, 9), date(2026, 3, 15), date(2026, 5, 31), date(2026, 6, 1))
    await _end_certificates(database, clock, *days)
    await digest_sender.send_due_digests()
    for _ in range(6):
        clock.advance(days=1)
        await digest_sender.send_due_digests()
    (letter,) = mail_server.letters
    text = _read_text(mail_server)
    assert letter["Content-Language"] == "en"
    assert text.count("Week of") == 12
    assert "Week of 9 March 2026: 2" in text
    assert "Week of 25 May 2026: 1" in text
    clock.advance(days=1)
    await digest_sender.send_due_digests()
    assert len(mail_server.letters) == 2


async def test_a_council_is_told_how_many_examinations_a_week_can_take(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, COUNCIL, language="en")
    await _end_certificates(database, clock, date(2026, 3, 20))
    first, second = uuid4(), uuid4()
    for qualification_id, places, minute in ((first, 40, 2), (first, 7, 1), (second, 12, 1)):
        await _tell_capacity(consumer, clock, qualification_id, places, minute)
    await _tell_capacity(consumer, clock, uuid4(), 900, 1, council="Another council")
    clock.advance(days=7)
    await digest_sender.send_due_digests()
    assert "can take in a week: 260" in _read_text(mail_server), "of each, what was told last"


async def _tell_capacity(
    consumer: Consumer,
    clock: ManualClock,
    qualification_id: UUID,
    places: int,
    minute: int,
    council: str = tokens.COUNCIL,
) -> None:
    event = RenewalCapacityChanged(
        qualification_id=qualification_id,
        council=council,
        places_per_day=places,
        is_stated=True,
        known_at=datetime(2026, 3, 2, 9, minute, tzinfo=UTC),
    )
    await consumer.handle_record(people.build_record(event, clock.now()))


async def test_nobody_is_woken(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, CENTRE)
    await _wait_for_post(client, consumer, clock)
    clock.instant = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # it is the third in Moscow
    assert await digest_sender.send_due_digests() == 0
    clock.instant = datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert await digest_sender.send_due_digests() == 1


async def test_a_sender_that_dies_leaves_the_same_digest_to_another(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, CENTRE)
    await _wait_for_post(client, consumer, clock)
    clock.advance(days=1)
    mail_server.answer_letter = refuse("451 later")
    await digest_sender.send_due_digests()
    clock.advance(minutes=2)
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, DIGEST_ACTOR)
        assert await claim_digest(context) is not None
    mail_server.answer_letter = accept
    assert await digest_sender.send_due_digests() == 0, "the dead one has it"
    clock.advance(minutes=10)
    assert await digest_sender.send_due_digests() == 1
    assert len(mail_server.ids) == 2
    assert len(set(mail_server.ids)) == 1


async def test_an_address_that_takes_nothing_costs_one_try_a_day_and_is_seen(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    digest_sender: DigestSender,
    mail_server: MailServer,
) -> None:
    await _set(client, CENTRE)
    await _wait_for_post(client, consumer, clock)
    mail_server.answer_recipient = refuse("550 5.1.1 no")
    for _ in range(3):
        clock.advance(days=1)
        for _ in range(4):
            await digest_sender.send_due_digests()
    assert mail_server.connection_count == 3
    contact = (await client.get(CENTRE)).json()
    assert (contact["failure"], contact["digest_sent_at"]) == ("550", None)


async def test_each_office_sets_its_own_address(client: httpx.AsyncClient) -> None:
    clerk = tokens.bearer(Scope.PROCESS, centre=tokens.CENTRE)
    for caller, path, status in (
        (clerk, CENTRE, 200),
        (tokens.bearer(Scope.DECIDE, council=tokens.COUNCIL), COUNCIL, 200),
        (tokens.bearer(Scope.OPERATE), CENTRE, 200),
        (tokens.bearer(Scope.PROCESS, centre="99.001"), CENTRE, 404),
        (tokens.bearer(Scope.DECIDE, council="Другой"), COUNCIL, 404),
        (tokens.bearer(Scope.PROCESS), CENTRE, 403),
        (clerk, COUNCIL, 403),
        (tokens.bearer(Scope.PROCESS, centre=tokens.CENTRE, council=tokens.COUNCIL), COUNCIL, 403),
        (tokens.bearer(Scope.APPLY), CENTRE, 403),
        ({"Authorization": ""}, CENTRE, 401),
    ):
        answers = [
            await client.put(path, json=CONTACT, headers=caller),
            await client.get(path, headers=caller),
        ]
        assert [answer.status_code for answer in answers] == [status] * 2, (caller, path)
    assert_problem(
        await client.delete(CENTRE, headers=tokens.bearer(Scope.PROCESS, centre="99.001")),
        404,
        "contact.unknown",
    )
    assert (await client.delete(CENTRE, headers=clerk)).status_code == 204
    assert_problem(await client.get(CENTRE, headers=clerk), 404, "contact.unknown")


@pytest.mark.parametrize(
    "body", [{}, {"email": "no"}, {"email": "a@b.example", "language": "Russian"}, {"email": None}]
)
async def test_what_is_no_address_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.put(CENTRE, json=body)).status_code == 422


async def test_who_decided_on_another_address_changes_none(client: httpx.AsyncClient) -> None:
    first = await client.put(CENTRE, json=CONTACT, headers={"If-None-Match": "*"})
    assert first.status_code == 200, first.text
    again = await client.put(CENTRE, json=CONTACT, headers={"If-None-Match": "*"})
    assert_problem(again, 412, "resource.changed", "#header/If-Match")
    condition = {"If-Match": (await client.get(CENTRE)).headers["etag"]}
    moved_contact = {**CONTACT, "email": "other@centre.example"}
    change = await client.put(CENTRE, json=moved_contact, headers=condition)
    assert change.status_code == 200, change.text
    assert (await client.put(CENTRE, json=CONTACT, headers=condition)).status_code == 412
    assert (await client.delete(CENTRE, headers=condition)).status_code == 412
    assert (await client.get(CENTRE)).json()["email"] == moved_contact["email"]


async def test_the_page_sets_shows_and_ends(client: httpx.AsyncClient) -> None:
    headers = {
        "Authorization": "",
        **tokens.browser(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE),
    }
    path = "/ru/letters/contact/centre"
    assert (await client.get(path, headers=headers)).status_code == 200
    refusal = await client.post(path, data={"email": "no", "language": "ru"}, headers=headers)
    assert refusal.status_code == 422
    assert 'value="no"' in refusal.text
    answer = await client.post(path, data=CONTACT, headers=headers)
    assert answer.status_code == 303
    assert CONTACT["email"] in (await client.get(path, headers=headers)).text
    assert (await client.get(CENTRE)).json()["email"] == CONTACT["email"]
    await client.post(path, data={"language": "ru"}, headers=headers)
    assert (await client.get(CENTRE)).status_code == 404
    for kind, status in (("council", 403), ("nothing", 404)):
        page = await client.get(f"/ru/letters/contact/{kind}", headers=headers)
        assert page.status_code == status
