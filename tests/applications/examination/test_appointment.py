"""Appointments: agreed, moved, missed."""

import json
from typing import Any

import httpx
import pytest

from shared.db import Database
from tests.applications import people
from tests.applications.people import send_step
from tests.clock import ManualClock
from tests.problems import assert_problem


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"starts_at": "2026-03-02T08:59:59Z"}, "appointment.past", "/starts_at"),
        ({"starts_at": "2026-03-05T09:00:00"}, "instant.zone", "/starts_at"),
        ({"agreed_on": "2026-03-03"}, "procedure.day", "/agreed_on"),
        ({"agreed_with": ["employer"]}, "appointment.agreed", "/agreed_with"),
    ],
)
async def test_a_faulty_appointment_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.admit_applicant(client)
    answer = await send_step(client, application_id, "schedule", **people.appointment(**changes))
    assert_problem(answer, 422, rule, pointer)


async def test_another_day_and_a_no_show(client: httpx.AsyncClient, clock: ManualClock) -> None:
    application_id = await people.schedule_examination(client)
    later = people.appointment(starts_at="2026-03-03T12:00:00+03:00")
    silent = await send_step(client, application_id, "schedule", **later)
    assert_problem(silent, 422, "appointment.reason", "/reason")
    body = {**later, "reason": "Болезнь"}
    application = await people.run_step(client, application_id, "schedule", "scheduled", **body)
    assert application["appointment"]["reason"] == "Болезнь"
    early = await send_step(client, application_id, "record-no-show")
    assert_problem(early, 422, "examination.not_yet")
    clock.advance(days=2)
    await people.run_step(client, application_id, "record-no-show", "no_show")
    again = people.appointment(starts_at="2026-03-09T12:00:00+03:00", reason="п. 4.2 договора")
    refusal = await send_step(client, application_id, "schedule", **again)
    assert_problem(refusal, 422, "appointment.readmission", "/by_contract")
    body = {**again, "by_contract": True}
    await people.run_step(client, application_id, "schedule", "scheduled", **body)
    clock.advance(days=7)
    await people.run_step(client, application_id, "record-no-show", "no_show")
    closed_application = await people.run_step(client, application_id, "close", "closed")
    assert (closed_application["closed_on"], closed_application["kept_until"]) == (
        "2026-03-11",
        "2027-03-11",
    )


async def test_the_employer_who_referred_agrees_and_is_told(
    client: httpx.AsyncClient, database: Database
) -> None:
    payer = {"kind": "employer", "name": "ООО «Связь»", "registration_number": "7701234567"}
    response = await client.post("/v1/applications", json=people.form(payer=payer))
    application_id = response.json()["id"]
    await people.attach_document(client, application_id, "education_secondary")
    await people.attach_document(client, application_id, "training")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, application_id, "review", "admitted", **people.ADMIT)
    alone = await send_step(client, application_id, "schedule", **people.appointment())
    assert_problem(alone, 422, "appointment.agreed", "/agreed_with")
    agreed_appointment = people.appointment(agreed_with=["applicant", "employer"])
    await people.run_step(client, application_id, "schedule", "scheduled", **agreed_appointment)
    (row,) = await people.fetch_rows(database, "SELECT * FROM outbox")
    event = json.loads(row.payload)
    assert (event["employer_number"], event["moved"]) == ("7701234567", False)
    assert "Петрова" not in json.dumps(event, ensure_ascii=False)


async def test_the_day_is_the_civil_zones(client: httpx.AsyncClient, clock: ManualClock) -> None:
    clock.advance(hours=12, minutes=30)  # 00:30 of 3 March in Moscow, 2 March in UTC
    application_id = await people.admit_applicant(client)
    body = people.appointment(starts_at="2026-03-03T00:30:00+03:00", agreed_on="2026-03-03")
    await people.run_step(client, application_id, "schedule", "scheduled", **body)
    early = await send_step(client, application_id, "record-examination", **people.protocol())
    assert_problem(early, 422, "procedure.day", "/theory/held_on")
    part = people.part(held_on="2026-03-03")
    protocol = people.protocol(theory=part, practice=part)
    await people.run_step(client, application_id, "record-examination", "examined", **protocol)


async def test_an_examination_is_recorded_after_its_appointment(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.admit_applicant(client)
    body = people.appointment(starts_at="2026-03-04T15:00:00+03:00")
    await people.run_step(client, application_id, "schedule", "scheduled", **body)
    for days, hours in ((0, 0), (2, 2)):  # two days before, and an hour before
        clock.advance(days=days, hours=hours)
        today = clock.now().date().isoformat()
        part = people.part(held_on=today)
        early = people.protocol(theory=part, practice=part)
        answer = await send_step(client, application_id, "record-examination", **early)
        assert_problem(answer, 422, "examination.not_yet")
    clock.advance(hours=1)
    for held_on in ("2026-03-02", "2026-03-03"):
        before = people.protocol(theory=people.part(held_on=held_on))
        answer = await send_step(client, application_id, "record-examination", **before)
        problem = assert_problem(answer, 422, "procedure.day", "/theory/held_on")
        assert "2026-03-04" in problem["detail"]
    part = people.part(held_on="2026-03-04")
    protocol = people.protocol(theory=part, practice=part)
    await people.run_step(client, application_id, "record-examination", "examined", **protocol)


async def test_a_day_that_was_moved_is_the_one_that_counts(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.schedule_examination(client)
    later = people.appointment(starts_at="2026-03-05T10:00:00+03:00", reason="Болезнь")
    await people.run_step(client, application_id, "schedule", "scheduled", **later)
    answer = await send_step(client, application_id, "record-examination", **people.protocol())
    assert_problem(answer, 422, "examination.not_yet")
    clock.advance(days=4)
    answer = await send_step(client, application_id, "record-examination", **people.protocol())
    assert_problem(answer, 422, "procedure.day", "/theory/held_on")
