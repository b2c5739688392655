"""The letter's link: who has the letter and knows the birth date gets a new application drafted."""

import asyncio
import re

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.letters.notices import Notices, build_sender
from tests.applications.test_handlers import approve_application, build_issued_event
from tests.clock import ManualClock
from tests.mail import receiving_mail

BORN = {"birth_date-day": "31", "birth_date-month": "12", "birth_date-year": "1999"}
WRONG = {**BORN, "birth_date-year": "1998"}
CONSENT = {"consent": "yes", "text_version": "2025-09-01"}
PERSONAL = ("Петрова", "Анна", "anna@", "345678", "Галерная")


@pytest.fixture
async def link(
    client: httpx.AsyncClient,
    consumer: Consumer,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> str:
    """The link of a letter about a certificate."""
    application_id = await approve_application(client)
    event = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(event, clock.now()))
    notices = Notices(consumer, clock, application_id, event.number)
    notices.facts["certificate_id"], notices.last_day = event.certificate_id, event.ends_on
    await notices.tell_renewal_due()
    async with receiving_mail() as server:
        sender: LetterSender = build_sender(database, clock, settings, server)
        await sender.send_due_letters()
        body = server.letters[0].get_body(("plain",))
    assert body is not None
    match = re.search(r"/ru/letters/renewal/[a-z2-7]{26}", body.get_content())
    assert match is not None
    return match[0]


async def _list_drafts(client: httpx.AsyncClient) -> list[dict[str, object]]:
    drafts: list[dict[str, object]] = (
        await client.get("/v1/applications", params={"status": "draft"})
    ).json()["items"]
    return drafts


async def test_the_birth_date_and_a_new_consent_give_one_draft(
    client: httpx.AsyncClient, link: str, database: Database
) -> None:
    page = await client.get(link, headers={"Authorization": ""})
    assert page.status_code == 200
    assert not [word for word in PERSONAL if word in page.text]
    body = {**BORN, **CONSENT}
    answers = await asyncio.gather(*(client.post(link, data=body) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    (draft,) = await _list_drafts(client)
    for answer in (*answers, await client.get(link)):
        assert str(draft["number"]) in answer.text
        assert not [word for word in PERSONAL if word in answer.text]
    rows = await people.fetch_rows(
        database,
        "SELECT family_name, recertifies->>'number', previous_id IS NULL FROM application "
        "WHERE status = 'draft'",
    )
    assert [tuple(row) for row in rows] == [
        ("Петрова-Водкина", build_issued_event(str(people.OPERATOR)).number, False)
    ]
    consents = await people.fetch_rows(database, "SELECT count(*) FROM consent")
    assert consents[0][0] == 2


async def test_after_three_wrong_birth_dates_the_link_opens_nothing(
    client: httpx.AsyncClient, link: str
) -> None:
    for number in range(3):
        page = await client.post(link, data={**WRONG, **CONSENT})
        assert page.status_code == (422 if number < 2 else 403)
    page = await client.post(link, data={**BORN, **CONSENT})
    assert page.status_code == 403
    assert (await client.get(link)).status_code == 403
    assert await _list_drafts(client) == []


async def test_many_guesses_at_once_are_counted_one_by_one(
    client: httpx.AsyncClient, link: str
) -> None:
    guesses = [{**BORN, "birth_date-year": str(1990 + number), **CONSENT} for number in range(9)]
    answers = await asyncio.gather(*(client.post(link, data=guess) for guess in guesses))
    assert sorted(answer.status_code for answer in answers) == [403] * 7 + [422] * 2
    assert (await client.post(link, data={**BORN, **CONSENT})).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {},
        CONSENT,
        BORN,
        {**BORN, "birth_date-month": "13", **CONSENT},
        {**BORN, "birth_date-day": "\N{PILE OF POO}", **CONSENT},
    ],
)
async def test_what_is_missing_is_named_and_costs_no_try(
    client: httpx.AsyncClient, link: str, fields: dict[str, str]
) -> None:
    for _ in range(4):
        page = await client.post(
            link,
            data={name: text.encode("utf-8", "replace").decode() for name, text in fields.items()},
        )
        assert page.status_code == 422
        assert "error-summary" in page.text
    assert await _list_drafts(client) == []
    assert (await client.post(link, data={**BORN, **CONSENT})).status_code == 200


async def test_consent_to_an_unknown_text_gives_no_draft(
    client: httpx.AsyncClient, link: str
) -> None:
    page = await client.post(link, data={**BORN, "consent": "yes", "text_version": "1999"})
    assert page.status_code == 422
    assert await _list_drafts(client) == []


async def test_a_link_has_its_time_and_no_other_token_opens_it(
    client: httpx.AsyncClient, link: str, clock: ManualClock, settings: ApplicationsSettings
) -> None:
    for address in (
        f"{link}x",
        link[:-1],
        "/ru/letters/renewal/x",
        f"/ru/letters/renewal/{'a' * 26}",
    ):
        assert (await client.get(address)).status_code == 404
        assert (await client.post(address, data={**BORN, **CONSENT})).status_code == 404
    clock.advance(days=settings.letter_link_days + 1)
    assert (await client.post(link, data={**BORN, **CONSENT})).status_code == 404
