"""Case numbers: given once to every application, in an order, and read as people type them."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from services.applications.application.case_number import is_case_number, parse_case_number
from services.applications.application.queries import get_application, get_application_by_number
from services.applications.intake.operations import Origin, submit_application
from services.applications.intake.schemas import ApplicationRequest
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.errors import NotFound
from tests.applications import people
from tests.applications.statements import recording_statements
from tests.clock import ManualClock


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("26-000118", "26-000118"),
        (" 26-118 ", "26-000118"),
        ("26 \u2013 000118", "26-000118"),  # a dash
        ("26\u2011000118", "26-000118"),  # a non-breaking hyphen
        ("26\u2212118", "26-000118"),  # a minus
        ("26-1000000", "26-1000000"),
        ("26-0001000000", "26-1000000"),
        ("05-000001", "05-000001"),
        ("26", None),
        ("26-", None),
        ("2026-000118", None),
        ("26-000118/2", None),
        ("26-\u0661\u0661\u0668", None),  # Arabic-Indic digits
        ("26-" + "9" * 19, None),
        ("Э-2026-118", None),
        ("", None),
    ],
)
def test_a_case_number_is_read_as_it_is_typed(text: str, number: str | None) -> None:
    assert parse_case_number(text) == number
    assert number is None or is_case_number(number)


@pytest.mark.parametrize("text", ["26-118", "26-0001000000", "26-000118 ", "26–000118", "6-000118"])
def test_only_the_written_form_is_a_case_number(text: str) -> None:
    assert not is_case_number(text)


async def test_every_application_gets_the_next_number_a_draft_too(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application = (await client.post("/v1/applications", json=people.form())).json()
    draft = (await client.post("/v1/applications", json=people.form(draft=True))).json()
    assert (application["number"], draft["number"]) == ("26-000001", "26-000002")
    clock.advance(days=365)
    later = (await client.post(f"/v1/applications/{draft['id']}/submit")).json()
    assert later["number"] == "26-000002", "a number is given once"


@pytest.mark.parametrize(
    ("instant_shift", "received_on", "number"),
    [
        (timedelta(0), None, "26-000001"),
        (timedelta(0), "2025-12-31", "25-000001"),
        # 21:30 UTC on the last day of the year is the new year in Moscow.
        (timedelta(days=304, hours=12, minutes=30), None, "27-000001"),
    ],
)
async def test_the_year_is_that_of_receipt_in_the_civil_zone(
    client: httpx.AsyncClient,
    clock: ManualClock,
    instant_shift: timedelta,
    received_on: str | None,
    number: str,
) -> None:
    clock.advance(seconds=instant_shift.total_seconds())
    changes = {} if received_on is None else {"received_on": received_on}
    answer = await client.post("/v1/applications", json=people.form(**changes))
    assert answer.json()["number"] == number


async def test_the_millionth_case_has_a_longer_number(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        await people.execute_statement(session, "SELECT setval('case_serial', 999998)")
    numbers = [
        (await client.post("/v1/applications", json=people.form())).json()["number"]
        for _ in range(2)
    ]
    assert numbers == ["26-999999", "26-1000000"]
    assert all(map(is_case_number, numbers))


async def test_numbers_given_at_the_same_time_differ(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/applications", json=people.form()) for _ in range(12))
    )
    numbers = {answer.json()["number"] for answer in answers}
    assert numbers == {f"26-{serial:06d}" for serial in range(1, 13)}


async def test_a_number_costs_no_statement_of_its_own(
    client: httpx.AsyncClient,
    database: Database,
    settings: ApplicationsSettings,
    clock: ManualClock,
) -> None:
    body = ApplicationRequest.model_validate(people.form())
    with recording_statements(database) as statements:
        async with database.transaction() as session:
            context = command_context(session, clock.now(), settings, "clerk")
            application_id = await submit_application(context, body, Origin())
            application = await get_application(session, application_id)
            assert application.number == "26-000001"
    counting_statements = [text for text, _ in statements if "case_serial" in text]
    assert [text.split()[0] for text in counting_statements] == ["INSERT"]


async def test_a_case_is_found_by_its_number(client: httpx.AsyncClient, database: Database) -> None:
    application_id = await people.submit_application(client)
    async with database.read_only_transaction() as session:
        application = await get_application_by_number(session, "26-000001")
        assert str(application.id) == application_id
        with pytest.raises(NotFound, match="26-000002"):
            await get_application_by_number(session, "26-000002")


async def test_lists_name_the_case(client: httpx.AsyncClient) -> None:
    await people.submit_application(client)
    (summary,) = (await client.get("/v1/applications")).json()["items"]
    assert summary["number"] == "26-000001"
