"""Operations of applications: who saw what an event says stands with the application it names."""

import json
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from lxml import html
from lxml.html import HtmlElement
from pydantic import SecretStr

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import store_dead_letter
from shared.messaging.envelope import Record
from shared.messaging.lag import store_lag
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.letters.notices import Notices
from tests.clock import ManualClock
from tests.serving import serving
from tests.words import list_foreign_sentences

OPERATOR = {"Authorization": "", **tokens.browser(Scope.OPERATE, subject="operations")}
PATH = "/ru/operations/applications"


async def _store_letter(database: Database, payload: bytes) -> int:
    """Stores a dead letter with this payload; its id."""
    record = Record("certificates.certificate", 0, 0, b"key", (), payload)
    await store_dead_letter(database, record, "unreadable", "not a CloudEvent", 1)
    (row,) = await people.fetch_rows(database, "SELECT max(id) AS id FROM dead_letter")
    letter_id: int = row.id
    return letter_id


async def _show_payload(client: httpx.AsyncClient, letter_id: int) -> str:
    path = f"{PATH}/dead-letters/{letter_id}/payload"
    response = await client.post(path, headers=OPERATOR)
    assert response.status_code == 200
    return response.text


async def test_the_applicant_is_told_that_operations_saw_an_event_about_them(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.submit_application(client)
    payload = json.dumps({"application_id": application_id, "number": "7"}).encode()
    letter_id = await _store_letter(database, payload)
    assert application_id in await _show_payload(client, letter_id)
    answer = await client.get(f"/v1/applications/{application_id}/personal-data")
    disclosures = [
        (row["subject"], row["scope"], row["resource"]) for row in answer.json()["disclosures"]
    ]
    assert ("operations", Scope.OPERATE, f"dead letter {letter_id}") in disclosures


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({"application_id": str(uuid4())}).encode(),
        b'{"application_id": 7}',
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"",
    ],
    ids=["unknown", "no id", "no object", "no text", "too deep", "nothing"],
)
async def test_what_names_no_application_is_recorded_without(
    client: httpx.AsyncClient, database: Database, payload: bytes
) -> None:
    await _show_payload(client, await _store_letter(database, payload))
    (row,) = await people.fetch_rows(database, "SELECT application_id, subject FROM disclosure")
    assert (row.application_id, row.subject) == (None, "operations")


@pytest.mark.parametrize(
    "path", ["", "/set-aside", "/dead-letters", "/letters", "/limits", "/rehearsal"]
)
async def test_the_pages_are_for_operations_alone(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"{PATH}{path}", headers=OPERATOR)).status_code == 200
    clerk = tokens.browser(*(set(Scope) - {Scope.OPERATE}), subject="clerk")
    headers = {"Authorization": "", **clerk}
    assert (await client.get(f"{PATH}{path}", headers=headers)).status_code == 403
    assert (await client.get(f"{PATH}{path}", headers={"Authorization": ""})).status_code == 401
    for post_path in ("letters", "routes/email"):
        response = await client.post(f"{PATH}/{post_path}", headers=headers, data={"letter": "x"})
        assert response.status_code == 403


async def _open(client: httpx.AsyncClient, path: str, status: int = 200) -> HtmlElement:
    answer = await client.get(path, headers=OPERATOR)
    assert answer.status_code == status, answer.text
    assert list_foreign_sentences(answer.text, path[1:3], set()) == []
    return html.fromstring(answer.text)


def _list_cells(page: HtmlElement) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")]
        for row in page.xpath("//main//table[@role='table']/tbody/tr")
    ]


async def _fail_letters(database: Database, state: str) -> None:
    async with database.transaction() as session:
        await people.execute_statement(
            session, "UPDATE letter SET state = :state, failure = '550', failures = 9", state=state
        )


async def test_limits_are_counted_by_centre_and_lead_to_cases(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    await people.submit_application(client)
    clock.advance(days=4)
    await people.submit_application(client)
    clock.advance(days=7)
    page = await _open(client, "/en/operations/applications")
    links = {
        link.get("href"): link.text_content()
        for link in page.xpath("//main//table//a")
        if "limits" in link.get("href")
    }
    path = "/en/operations/applications/limits"
    assert links == {
        f"{path}?centre=78.041": "78.041",
        f"{path}?state=late&centre=78.041": "1",
        f"{path}?state=at_risk&centre=78.041": "1",
    }
    rows = _list_cells(await _open(client, f"{path}?state=late&centre=78.041"))
    assert [(row[0], row[2]) for row in rows] == [("26-000001", "■ 1 day overdue")]
    assert len(_list_cells(await _open(client, path))) == 2
    assert _list_cells(await _open(client, f"{path}?centre=elsewhere&page=x&state=y")) == []
    tiles = {
        tile.get("href"): tile.xpath("string(span)") for tile in page.xpath("//a[@class='tile']")
    }
    assert tiles[f"{path}?state=late"] == tiles[f"{path}?state=at_risk"] == "1"


async def test_letters_are_found_by_filters_and_failed_ones_are_planned_anew(
    client: httpx.AsyncClient, database: Database, consumer: Consumer, clock: ManualClock
) -> None:
    notices = Notices(consumer, clock, await people.submit_application(client))
    for threshold_days in (30, 7, 1):
        await notices.tell_renewal_due(threshold_days)
    path = "/en/operations/applications/letters"
    assert len(_list_cells(await _open(client, path))) == 3
    for query, count in (
        ({"state": "planned", "channel": "email", "kind": "renewal_due"}, 3),
        ({"planned_from": "2026-03-02", "planned_to": "2026-03-02"}, 3),
        ({"planned_from": "2026-03-03"}, 0),
        ({"number": "another"}, 0),
        ({"reason": "erased"}, 0),
        ({"due": "yes"}, 3),
        ({"state": "nothing", "page": "x"}, 3),
    ):
        page = await _open(client, f"{path}?{urlencode(query)}")
        assert len(_list_cells(page)) == count, query
    await _open(client, f"{path}?planned_from=yesterday", 422)
    await _fail_letters(database, "given_up")
    page = await _open(client, f"{path}?state=given_up")
    ids = page.xpath("//input[@name='letter']/@value")
    assert len(ids) == 3
    refusal = await client.post(path, headers=OPERATOR, data={"letter": ["no id"]})
    assert refusal.status_code == 422
    answer = await client.post(path, headers=OPERATOR, data={"letter": ids[0]})
    assert answer.status_code == 303
    again = await client.post(path, headers=OPERATOR, data={"letter": ids})
    assert again.status_code == 409
    assert "Nothing was done" in again.text
    too_many = await client.post(f"{path}?state=given_up", headers=OPERATOR, data={"all": "3"})
    assert too_many.status_code == 409
    await client.post(f"{path}?state=given_up", headers=OPERATOR, data={"all": "2"})
    assert len(_list_cells(await _open(client, f"{path}?state=planned"))) == 3


async def test_a_route_that_rests_is_tried_at_once_when_operations_ask_for_it(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "INSERT INTO mail_route (channel, failures, retry_at) VALUES ('email', 4, :retry_at)",
            retry_at=clock.now() + timedelta(hours=1),
        )
    page = await _open(client, "/en/operations/applications")
    assert "rests" in page.text_content()
    (form,) = page.xpath("//form[contains(@action, '/routes/')]")
    answer = await client.post(form.get("action"), headers=OPERATOR)
    assert answer.status_code == 303
    assert (
        "with the next letter" in (await _open(client, answer.headers["Location"])).text_content()
    )
    unknown = await client.post("/en/operations/applications/routes/pigeon", headers=OPERATOR)
    assert unknown.status_code in {404, 422}


async def test_rows_lead_to_their_traces_where_the_settings_say_so(
    settings: ApplicationsSettings, clock: ManualClock, database: Database
) -> None:
    letter_id = await _store_letter(database, b"x")
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            """UPDATE dead_letter
               SET traceparent = '00-' || CAST(:trace_id AS text) || '-b7ad6b7169203331-01'""",
            trace_id=trace_id,
        )
    template = "https://traces.example/t/{trace_id}?tab=1"
    traced = settings.model_copy(update={"trace_url_template": template})
    for own_settings, link in ((settings, trace_id), (traced, f"/t/{trace_id}?tab=1")):
        async with serving(create(own_settings, clock)) as client:
            for path in ("dead-letters", f"dead-letters/{letter_id}"):
                answer = await client.get(f"{PATH}/{path}", headers=OPERATOR)
                assert link in answer.text
    async with database.transaction() as session:
        await people.execute_statement(session, "UPDATE dead_letter SET traceparent = NULL")
    async with serving(create(traced, clock)) as client:
        answer = await client.get(f"{PATH}/dead-letters", headers=OPERATOR)
        assert "traces.example" not in answer.text


@pytest.mark.parametrize(
    "template", ["/t/{trace_id}", "https://x.test/t", "https://x.test/{trace_id}/{0}", "ftp://x"]
)
def test_a_template_that_leads_nowhere_is_refused(template: str) -> None:
    url = SecretStr("postgresql://nobody@127.0.0.1:1/gone")
    with pytest.raises(ValueError, match="trace"):
        ApplicationsSettings(database_url=url, trace_url_template=template)


async def test_lag_is_told_as_workers_measured_it_and_when_nobody_does(
    client: httpx.AsyncClient, database: Database
) -> None:
    await store_lag(database, {("catalog.qualification", 0): 3, ("catalog.qualification", 1): 4})
    await store_lag(database, {("catalog.qualification", 1): 5, ("certificates.certificate", 0): 0})
    page = await _open(client, "/en/operations/applications")
    (table,) = page.xpath("//h2[@id='lag']/following::table[1]")
    rows = [[" ".join(c.text_content().split()) for c in row] for row in table.xpath(".//tbody/tr")]
    assert [row[1] for row in rows] == ["8", "0"]
    assert "within the last minute" in rows[0][2]
    async with database.transaction() as session:
        await people.execute_statement(
            session, "UPDATE consumer_lag SET measured_at = measured_at - interval '10 min'"
        )
    page = await _open(client, "/en/operations/applications")
    assert page.text_content().count("no worker consumes") == 3, "the rows, and the figure"
    async with database.transaction() as session:
        await people.execute_statement(
            session, "UPDATE consumer_lag SET measured_at = measured_at - interval '2 days'"
        )
    await store_lag(database, {("certificates.certificate", 0): 1})
    (row,) = await people.fetch_rows(database, "SELECT * FROM consumer_lag")
    assert (row.topic, row.records) == ("certificates.certificate", 1)
