"""A rehearsal of letters says what the notices of the day then bring, and reads what is due."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from services.applications.letters.rehearsal import (
    ROWS_STATEMENT,
    RehearsedLetterFilter,
    list_rehearsed_letters,
)
from services.applications.settings import ApplicationsSettings
from shared.db import Database, execute
from shared.events.catalog import QualificationNoticePlanSet
from shared.messaging.consumer import Consumer
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.desk.workload import Workload, add_cases
from tests.applications.letters.notices import Notices, apply, list_letters
from tests.clock import ManualClock
from tests.problems import assert_problem

TODAY = date(2026, 3, 2)
DAY = date(2026, 3, 20)
PATH = "/v1/letters/rehearsals"
_INSERT_CERTIFICATE = """
INSERT INTO certificate (application_id, certificate_id, number, issued_on, valid_until, ends_on,
    centre_number, council)
SELECT id, gen_random_uuid(), :number, date '2023-03-01', :ends_on, :ends_on, centre_number, council
FROM application WHERE id = :id
"""
_SPREAD_ENDS = """
UPDATE certificate SET ends_on = date '2030-01-01' + CAST(right(number, 4) AS integer) % 1000
"""
FILES: dict[str, dict[str, Any]] = {
    "email": people.form(),
    "chosen phone": people.form(notify_by="phone"),
    "chosen post": people.form(notify_by="post", postal_address="Почтовая, 9"),
    "no choice": people.form(notify_by=None),
    "no e-mail": people.applicant(email=None) | {"notify_by": None},
}


async def _certify(database: Database, application_id: str, number: str, end: date) -> None:
    async with database.transaction() as session:
        await people.execute_statement(
            session, _INSERT_CERTIFICATE, id=application_id, number=number, ends_on=end
        )


async def _rehearse(client: httpx.AsyncClient, day: date) -> dict[str, Any]:
    response = await client.get(PATH, params={"on": day.isoformat()})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def _list_rows(client: httpx.AsyncClient, day: date, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query |= {"on": day.isoformat(), "limit": 2}
    while True:
        response = await client.get(f"{PATH}/rows", params=query)
        assert response.status_code == 200, response.text
        items += response.json()["items"]
        if response.json().get("next") is None:
            return items
        query["cursor"] = response.json()["next"]


async def test_a_day_is_rehearsed_by_channel_as_it_then_happens(
    client: httpx.AsyncClient, database: Database, consumer: Consumer, clock: ManualClock
) -> None:
    notices: dict[str, Notices] = {}
    for name, form in FILES.items():
        application_id = await apply(client, **form)
        notices[application_id] = Notices(consumer, clock, application_id, f"n-{name}")
        await _certify(database, application_id, f"n-{name}", DAY + timedelta(days=30))
    withdrawn_id = await apply(client, **people.form())
    await _certify(database, withdrawn_id, "n-withdrawn", DAY + timedelta(days=30))
    await client.post(f"/v1/applications/{withdrawn_id}/withdraw-consent", json={})
    barred_id, renewing_id = await apply(client), await apply(client)
    for application_id in (barred_id, renewing_id):
        await _certify(database, application_id, application_id, DAY + timedelta(days=30))
    async with database.transaction() as session:
        await people.execute_statement(
            session,
            "INSERT INTO barred_address VALUES (:id, 'hash', 'bounced', now())",
            id=barred_id,
        )
        await people.execute_statement(
            session,
            "UPDATE consent SET withdrawn_at = now() WHERE application_id = :id",
            id=withdrawn_id,
        )
    await apply(client, recertifies={"number": renewing_id, "issued_on": "2023-03-01"})
    expired_id, other_id = await apply(client), await apply(client)
    await _certify(database, expired_id, "n-expired", DAY - timedelta(days=1))
    await _certify(database, other_id, "n-other", DAY + timedelta(days=31))
    rehearsal = await _rehearse(client, DAY)
    assert rehearsal["totals"] == {"email": 3, "post": 3, "phone": 1, "none": 1, "waiting": 1}
    assert sum(group["group_size"] for group in rehearsal["groups"]) == 9
    (group,) = (group for group in rehearsal["groups"] if group["channel"] == "phone")
    assert (group["centre_number"], group["council"]) == ("78.041", "СПК офисных специалистов")
    rows = await _list_rows(client, DAY)
    assert len(rows) == 9
    channels = {row["application_id"]: row["channel"] for row in rows}
    assert channels[barred_id] == "post"
    assert (channels[renewing_id], channels[withdrawn_id]) == ("waiting", "none")
    assert [row["threshold_days"] for row in rows] == [0] + [30] * 8
    by_phone = await _list_rows(client, DAY, channel="phone", centre="78.041")
    assert [row["number"] for row in by_phone] == ["n-chosen phone"]
    clock.advance(days=(DAY - TODAY).days)
    for application_notices in notices.values():
        await application_notices.tell_renewal_due(30, DAY + timedelta(days=30))
    planned = {letter["application_id"]: letter["channel"] for letter in await list_letters(client)}
    assert planned == {
        application_id: channel
        for application_id, channel in channels.items()
        if application_id in notices
    }


async def test_the_plan_of_a_council_counts_and_the_highest_revision_of_it(
    client: httpx.AsyncClient, database: Database, consumer: Consumer, clock: ManualClock
) -> None:
    application_id = await apply(client)
    await _certify(database, application_id, "n", DAY + timedelta(days=45))

    async def set_plan(revision: int, thresholds_days: tuple[int, ...] | None) -> None:
        event = QualificationNoticePlanSet(
            qualification_id=people.OPERATOR,
            revision=revision,
            thresholds_days=thresholds_days,
            set_at=clock.now(),
        )
        await consumer.handle_record(people.build_record(event, clock.now()))

    assert (await _rehearse(client, DAY))["totals"]["email"] == 0
    await set_plan(2, (45,))
    assert (await _rehearse(client, DAY))["totals"]["email"] == 1
    assert (await _rehearse(client, DAY + timedelta(days=15)))["totals"]["email"] == 0
    assert (await _rehearse(client, DAY + timedelta(days=46)))["totals"]["email"] == 1
    await set_plan(1, (44,))
    assert (await _rehearse(client, DAY))["totals"]["email"] == 1
    await set_plan(3, None)
    assert (await _rehearse(client, DAY + timedelta(days=15)))["totals"]["email"] == 1


async def test_what_a_rehearsal_asks_for_is_checked(client: httpx.AsyncClient) -> None:
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    answer = await client.get(PATH, params={"on": yesterday})
    assert_problem(answer, 422, "rehearsal.past")
    for path in (PATH, f"{PATH}/rows"):
        query = {"on": DAY.isoformat()}
        clerk = tokens.bearer(*(set(Scope) - {Scope.OPERATE}), centre="78.041")
        assert_problem(await client.get(path, params=query, headers=clerk), 403, "auth.scope")
        assert (
            await client.get(path, params=query, headers={"Authorization": ""})
        ).status_code == 401
        for day_text in ("soon", "0", "1772409600", f"{DAY.isoformat()}T00:00:00Z"):
            answer = await client.get(path, params={"on": day_text})
            assert_problem(answer, 422, "day.form", "#query/on")


async def test_a_rehearsal_reads_the_certificates_that_end_as_its_thresholds_say(
    client: httpx.AsyncClient, database: Database, settings: ApplicationsSettings
) -> None:
    await add_cases(database, Workload("78.041", "certified", 3000))
    parameters: dict[str, Any] = {
        "rehearsed_on": DAY,
        "default_days": [180, 90, 30, 7, 0],
        "ended_statuses": ["draft"],
        **dict.fromkeys(("centre", "council", "channel")),
        "after_days": -1,
        "after_id": UUID(int=0),
        "offset": 0,
        "limit": 10,
    }
    async with database.transaction() as session:
        await people.execute_statement(session, _SPREAD_ENDS)
        await people.execute_statement(session, "ANALYZE certificate, application, notice_plan")
        plan = await execute(session, text(f"EXPLAIN {ROWS_STATEMENT.text}"), parameters)
        lines = [row[0] for row in plan]
        rows = await list_rehearsed_letters(session, settings, DAY, RehearsedLetterFilter(), 10)
    assert any("ix_certificate_ending" in line for line in lines), lines
    assert not any("Seq Scan on certificate" in line for line in lines), lines
    assert rows == []
