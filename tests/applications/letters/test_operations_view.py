"""What operations and monitoring see of letters."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.applications.letters.sending import LetterSender
from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.letters.notices import Notices, list_letters
from tests.clock import ManualClock
from tests.mail import MailServer, refuse
from tests.problems import assert_problem
from tests.scrapes import scrape
from tests.serving import serving


async def _list_page(client: httpx.AsyncClient, **query: Any) -> Any:
    return (await client.get("/v1/letters", params=query)).json()


async def test_letters_are_listed_the_newest_first_by_pages_and_filters(
    client: httpx.AsyncClient, notices: Notices, clock: ManualClock
) -> None:
    for threshold_days in (30, 7):
        await notices.tell_renewal_due(threshold_days)
        clock.advance(minutes=1)
    await notices.tell_expired()
    page = await _list_page(client, limit=2)
    assert [item["kind"] for item in page["items"]] == ["expired", "renewal_due"]
    last_page = await _list_page(client, limit=2, cursor=page["next"])
    assert [item["kind"] for item in last_page["items"]] == ["renewal_due"]
    oldest_page = await _list_page(client, limit=1, sort="planned_at")
    assert oldest_page["items"] == last_page["items"]
    for query, count in (
        ({"kind": "expired"}, 1),
        ({"state": "planned", "channel": "email"}, 3),
        ({"state": "delivered"}, 0),
        ({"number": "another"}, 0),
        ({"certificate_id": str(notices.facts["certificate_id"])}, 3),
        ({"planned_from": clock.now().isoformat()}, 1),
        ({"planned_to": "2026-03-02T12:00:00+03:00"}, 1),
        ({"reason": "erased"}, 0),
    ):
        assert len((await _list_page(client, **query))["items"]) == count, query


async def test_only_operations_see_letters(client: httpx.AsyncClient) -> None:
    clerk = tokens.bearer(Scope.PROCESS, centre="78.041")
    assert_problem(await client.get("/v1/letters", headers=clerk), 403, "auth.scope")
    body = {"ids": [str(uuid4())]}
    answer = await client.post("/v1/letters/retry", json=body, headers=clerk)
    assert_problem(answer, 403, "auth.scope")


async def test_a_selection_is_retried_as_a_whole_or_not_at_all(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    await notices.tell_renewal_due()
    mail_server.answer_recipient = refuse("452 full")
    await sender.send_due_letters()
    await notices.tell_expired()
    ids = [letter["id"] for letter in await list_letters(client)]
    answer = await client.post("/v1/letters/retry", json={"ids": ids})
    assert_problem(answer, 409, "letter.changed")
    states = {letter["state"] for letter in await list_letters(client)}
    assert states == {"failed", "planned"}


async def test_what_a_filter_finds_is_retried_if_it_is_as_much_as_was_seen(
    client: httpx.AsyncClient, notices: Notices, sender: LetterSender, mail_server: MailServer
) -> None:
    for threshold_days in (30, 7):
        await notices.tell_renewal_due(threshold_days)
    await notices.tell_expired()
    mail_server.answer_recipient = refuse("452 full")
    await sender.send_due_letters()
    bodies: tuple[tuple[dict[str, Any], int], ...] = (
        ({"filter": {"kind": "renewal_due"}, "count": 1}, 2),
        ({"filter": {"kind": "renewal_due"}, "count": 3}, 2),
        ({"filter": {"state": "given_up"}, "count": 1}, 0),
    )
    for body, count in bodies:
        answer = await client.post("/v1/letters/retry", json=body)
        assert_problem(answer, 409, "letter.changed")
        assert answer.json()["count"] == min(count, body["count"] + 1)
    body = {"filter": {"kind": "renewal_due", "channel": "email"}, "count": 2}
    assert (await client.post("/v1/letters/retry", json=body)).json() == {"count": 2}
    states = sorted((letter["kind"], letter["state"]) for letter in await list_letters(client))
    assert states == [("expired", "failed"), *[("renewal_due", "planned")] * 2]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"filter": {}},
        {"count": 3},
        {"filter": {"kind": "x"}, "count": 1},
        {"filter": {"nothing": 1}, "count": 1},
        {"filter": {}, "count": 0},
        {"filter": {}, "count": 1001},
        {"ids": [str(uuid4())], "filter": {}, "count": 1},
    ],
)
async def test_a_selection_that_says_nothing_or_two_things_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert_problem(await client.post("/v1/letters/retry", json=body), 422, "request.invalid")


async def test_monitoring_sees_what_waits_and_for_how_long(
    settings: ApplicationsSettings,
    notices: Notices,
    clock: ManualClock,
    sender: LetterSender,
    mail_server: MailServer,
) -> None:
    oldest = "attesta_delivery_oldest_seconds"
    attempts = {"channel": "email", "outcome": "deferred"}
    await notices.tell_renewal_due()
    clock.advance(hours=5)
    uncached = settings.model_copy(update={"metrics_cache_seconds": 0})
    async with serving(create(uncached, clock)) as client:
        before = await scrape(client)
        assert before.value(oldest, channel="email") == 5 * 3600
        assert before.value("attesta_deliveries_open", channel="email", state="planned") == 1
        mail_server.answer_recipient = refuse("452 full")
        await sender.send_due_letters()
        answer = await scrape(client)
    assert answer.value(oldest, channel="email") == 0, "its next try is to come"
    assert answer.value("attesta_deliveries_open", channel="email", state="failed") == 1
    counter = "attesta_delivery_attempts_total"
    assert answer.value(counter, **attempts) == before.value(counter, **attempts) + 1


async def test_a_letter_names_no_person_and_no_address(
    client: httpx.AsyncClient, notices: Notices
) -> None:
    await notices.tell_expired()
    answer = await client.get("/v1/letters")
    for word in ("anna@example.org", "Петрова", people.form()["applicant"]["phone"]):
        assert word not in answer.text
