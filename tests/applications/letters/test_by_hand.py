"""Letters that a centre prints, posts and tells by phone; what stands in the printer's file."""

import asyncio
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import lxml.html
import pypdfium2
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.letters.notices import Notices, apply, list_letters
from tests.applications.test_handlers import approve_application, build_issued_event
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.scrapes import scrape
from tests.serving import serving

CLERK = tokens.browser(Scope.PROCESS, subject="clerk", centre=tokens.CENTRE)
STRANGER = tokens.browser(Scope.PROCESS, subject="stranger", centre="99.001")
BY_POST = {"notify_by": "post"}
BY_PHONE = {"notify_by": "phone"}


async def _plan(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    number: str = "1",
    **form: Any,
) -> Notices:
    notices = Notices(consumer, clock, await apply(client, **form), number)
    await notices.tell_renewal_due()
    return notices


async def _send(
    client: httpx.AsyncClient,
    path: str,
    ids: Collection[str],
    tab: str = "print",
    browser: dict[str, str] = CLERK,
) -> httpx.Response:
    fields = {f"letter-{letter_id}": "1" for letter_id in ids}
    headers = {"Authorization": "", **browser}
    return await client.post(f"/ru{path}?tab={tab}", data=fields, headers=headers)


def _read_outcome(response: httpx.Response) -> str:
    """What the queue says after a form."""
    assert response.status_code == 303, response.text
    return response.headers["location"].partition("outcome=")[2]


async def _list_ids(client: httpx.AsyncClient) -> list[str]:
    return [letter["id"] for letter in await list_letters(client)]


def _read_pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


async def _list_boxes(client: httpx.AsyncClient, tab: str) -> list[str]:
    page = await client.get(
        "/ru/letters", params={"tab": tab}, headers={"Authorization": "", **CLERK}
    )
    assert page.status_code == 200
    names: list[str] = lxml.html.fromstring(page.text).xpath("//input[@type='checkbox']/@name")
    return [name.removeprefix("letter-") for name in names]


async def test_a_letter_is_printed_then_posted_and_who_did_it_is_known(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, database: Database
) -> None:
    await _plan(client, consumer, clock, **BY_POST)
    ids = await _list_ids(client)
    assert await _list_boxes(client, "print") == ids
    assert (await _send(client, "/letters", ids)).status_code == 303
    assert await _list_boxes(client, "print") == []
    assert await _list_boxes(client, "post") == ids
    assert (await _send(client, "/letters", ids)).status_code == 303, "pressed twice"
    clock.advance(hours=1)
    assert (await _send(client, "/letters", ids, "post")).status_code == 303
    (letter,) = await list_letters(client)
    assert (letter["state"], letter["printed_at"], letter["delivered_at"]) == (
        "delivered",
        "2026-03-02T09:00:00Z",
        "2026-03-02T10:00:00Z",
    )
    ((handled_by,),) = await people.fetch_rows(database, "SELECT handled_by FROM letter")
    assert handled_by == "clerk"
    assert _read_outcome(await _send(client, "/letters", ids)) == "outdated"


async def test_whom_to_call_is_listed_by_case_and_marked(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    await _plan(client, consumer, clock, **BY_PHONE)
    ids = await _list_ids(client)
    page = await client.get("/ru/letters", headers={"Authorization": "", **CLERK})
    assert people.form()["applicant"]["phone"] not in page.text
    assert "Петрова" not in page.text
    assert await _list_boxes(client, "call") == ids
    assert (await _send(client, "/letters", ids, "call")).status_code == 303
    (letter,) = await list_letters(client)
    assert (letter["state"], letter["attempts"]) == ("delivered", 1)


async def test_the_file_has_a_letter_a_page_with_the_address_of_the_file(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, database: Database
) -> None:
    await _plan(client, consumer, clock, "07.1", **BY_POST)
    english = {"language": "en", "postal_address": "12 Hostile #street [*x*] $1 @y <b>"}
    await _plan(client, consumer, clock, "07.2", **BY_POST, **english)
    ids = await _list_ids(client)
    links = [(await _send(client, "/letters/pdf", ids)).headers["location"] for _ in range(2)]
    answers = [await client.get(link, headers={"Authorization": ""}) for link in links]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"] == "application/pdf"
    assert answers[0].headers["cache-control"] == "private, no-store"
    pages = _read_pages(answers[0].content)
    assert len(pages) == 2
    russian_page, english_page = sorted(
        pages, key=lambda text: "Validity" in text or "valid" in text
    )
    for word in ("Петрова-Водкина Анна Сергеевна", "Галерная", "07.1", "действует по 1 апреля"):
        assert word in russian_page
    for word in ("12 Hostile #street [*x*] $1 @y <b>", "07.2", "is valid through 1 April 2026"):
        assert word in english_page
    assert "почта" in russian_page
    states = {letter["state"] for letter in await list_letters(client)}
    assert states == {"planned"}, "a file is no proof that it was printed"
    rows = await people.fetch_rows(
        database, "SELECT subject, scope, count(*) FROM disclosure GROUP BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [("clerk", "applications:process", 4)]


async def test_a_letter_on_paper_leads_to_the_renewal_by_a_code(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, database: Database
) -> None:
    application_id = await approve_application(client)
    async with database.transaction() as session:
        await people.execute_statement(session, "UPDATE application SET notify_by = 'post'")
    event = build_issued_event(application_id)
    await consumer.handle_record(people.build_record(event, clock.now()))
    notices = Notices(consumer, clock, application_id, event.number)
    notices.facts["certificate_id"], notices.last_day = event.certificate_id, event.ends_on
    await notices.tell_expired()
    link = (await _send(client, "/letters/pdf", await _list_ids(client))).headers["location"]
    answer = await client.get(link)
    assert answer.status_code == 200
    assert "/ru/letters/renewal/" in "".join(_read_pages(answer.content)[0].split())
    rows = await people.fetch_rows(database, "SELECT purpose FROM letter_token")
    assert [purpose for (purpose,) in rows] == ["renewal"]


async def test_a_link_to_the_file_ends_cannot_be_forged_and_shows_nothing_settled(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    notices = await _plan(client, consumer, clock, **BY_POST)
    ids = await _list_ids(client)
    link = (await _send(client, "/letters/pdf", ids)).headers["location"]
    download = (await client.get(link[:-4] + "AAAA")).status_code
    assert download == 404
    assert_problem(await client.get("/v1/letter-files/x"), 404, "download.ended")
    await notices.tell_change("superseded")
    assert_problem(await client.get(link), 404, "download.ended")
    await _plan(client, consumer, clock, "2", **BY_POST)
    ids = [letter["id"] for letter in await list_letters(client, state="planned")]
    link = (await _send(client, "/letters/pdf", ids)).headers["location"]
    assert (await client.get(link)).status_code == 200
    clock.advance(hours=1)
    assert_problem(await client.get(link), 404, "download.ended")


async def test_what_is_untrue_by_now_is_neither_printed_nor_posted(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    renewed = await _plan(client, consumer, clock, "1", **BY_POST)
    overtaken = await _plan(client, consumer, clock, "2", **BY_POST)
    printed_ids = await _list_ids(client)
    await _send(client, "/letters", printed_ids)
    await _plan(client, consumer, clock, "3", **BY_POST)
    await renewed.tell_change("superseded")
    assert _read_outcome(await _send(client, "/letters", printed_ids, "post")) == "outdated"
    assert overtaken.last_day == date(2026, 4, 1)
    clock.advance(days=40)
    (late_id,) = await _list_boxes(client, "print")
    answer = await _send(client, "/letters/pdf", [late_id])
    assert _read_outcome(answer) == "outdated"
    (late,) = await list_letters(client, number="3")
    assert (late["state"], late["reason"]) == ("suppressed", "overtaken")


async def test_another_centre_finds_nothing(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    await _plan(client, consumer, clock, **BY_POST)
    ids = await _list_ids(client)
    headers = {"Authorization": ""}
    page = await client.get("/ru/letters", headers={**headers, **STRANGER})
    assert "letter-" not in page.text
    newcomer = tokens.browser(Scope.PROCESS, subject="newcomer")
    for path in ("/letters", "/letters/pdf"):
        assert (await _send(client, path, ids, browser=STRANGER)).status_code == 404
        assert (await _send(client, path, ids, browser=newcomer)).status_code == 403
        other_site = {**CLERK, "Sec-Fetch-Site": "cross-site"}
        assert (await _send(client, path, ids, browser=other_site)).status_code == 403
        assert (await _send(client, path, [str(uuid4())])).status_code == 404
    (letter,) = await list_letters(client)
    assert letter["state"] == "planned"


@pytest.mark.parametrize("ids", [[], ["x"], [str(number) for number in range(300)]])
async def test_a_selection_of_nothing_does_nothing_and_says_so(
    client: httpx.AsyncClient, ids: list[str]
) -> None:
    for path in ("/letters/pdf", "/letters"):
        assert _read_outcome(await _send(client, path, ids)) == "not_chosen"
    too_many = [str(uuid4()) for _ in range(51)]
    assert (await _send(client, "/letters", too_many)).status_code == 422


async def test_two_clerks_mark_the_same_letters_at_once(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    for number in range(4):
        await _plan(client, consumer, clock, str(number), **BY_POST)
    ids = await _list_ids(client)
    answers = await asyncio.gather(
        *(_send(client, "/letters", order) for order in (ids, ids[::-1]))
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {letter["state"] for letter in await list_letters(client)} == {"printed"}


async def test_the_sender_leaves_post_and_phone_to_the_centre(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock, sender: LetterSender
) -> None:
    await _plan(client, consumer, clock, "1", **BY_POST)
    await _plan(client, consumer, clock, "2", **BY_PHONE)
    assert await sender.send_due_letters() == 0
    assert {letter["state"] for letter in await list_letters(client)} == {"planned"}


async def test_monitoring_counts_every_channel(
    client: httpx.AsyncClient,
    consumer: Consumer,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    await _plan(client, consumer, clock, "1", **BY_POST)
    await _send(client, "/letters", await _list_ids(client))
    await _plan(client, consumer, clock, "2", **BY_PHONE)
    uncached = settings.model_copy(update={"metrics_cache_seconds": 0})
    async with serving(create(uncached, clock)) as scraped:
        numbers = await scrape(scraped)
    name = "attesta_deliveries_open"
    assert numbers.value(name, channel="post", state="printed") == 1
    assert numbers.value(name, channel="post", state="planned") == 0
    assert numbers.value(name, channel="phone", state="planned") == 1
    assert numbers.value(name, channel="email", state="failed") == 0
