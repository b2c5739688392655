"""From review to the council's decision, over real PostgreSQL."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.db import Database
from shared.events.applications import ApplicationApproved
from tests.applications import people
from tests.applications.people import do
from tests.clock import ManualClock
from tests.problems import assert_problem


async def test_the_way_to_approval_and_the_event_that_tells_of_it(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    application_id = await people.submitted(client)
    await people.attach(client, application_id, "education_secondary")
    await people.done(client, application_id, "review-start", "under_review", reviewer="И. К.")
    early = await do(client, application_id, "review", **people.ADMIT)
    problem = assert_problem(early, 422, "application.documents_missing")
    assert problem["check"]["to_bring"] == ["Удостоверение о повышении квалификации"]

    returned = await people.done(client, application_id, "review", "returned", **people.RETURN)
    assert returned["acts_next"] == "applicant"
    assert returned["review"]["remarks"] == people.RETURN["remarks"]
    await people.attach(client, application_id, "experience", months="6", field="sales")
    await people.done(client, application_id, "resubmission", "submitted")
    await people.done(client, application_id, "review-start", "under_review", reviewer="И. К.")
    admitted = await people.done(client, application_id, "review", "admitted", **people.ADMIT)
    assert admitted["admitted_on"] == "2026-03-02"
    await people.done(client, application_id, "appointment", "scheduled", **people.appointment())
    clock.advance(days=3)
    taken = people.protocol(
        theory=people.part(held_on="2026-03-03"), practice=people.part(held_on="2026-03-04")
    )
    examined = await people.done(client, application_id, "examination", "examined", **taken)
    assert (examined["examination"]["began_on"], examined["examination"]["held_on"]) == (
        "2026-03-03",
        "2026-03-04",
    )
    await people.done(client, application_id, "dispatch", "with_council", sent_on="2026-03-05")
    done = await do(client, application_id, "decision", **people.decision(decided_on="2026-03-05"))
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["acts_next"]) == ("approved", "certificates")

    (told_of_day, row) = await people.rows(database, "SELECT * FROM outbox ORDER BY id")
    assert told_of_day.headers["ce_type"] == "applications.application.examination_scheduled.v1"
    assert (row.topic, row.key) == ("applications.application", application_id)
    told = ApplicationApproved.model_validate_json(row.payload)
    assert json.loads(row.payload) == told.model_dump(mode="json")
    assert told.qualification == people.published().qualification
    assert told.holder.model_dump() == {
        "family_name": "Петрова-Водкина",
        "given_name": "Анна",
        "patronymic": "Сергеевна",
    }
    assert (str(told.decided_on), told.decision_protocol) == ("2026-03-05", "СПК-4")
    for private in (b"1999", b"anna@", b"900 000"):
        assert private not in row.payload

    steps = (await client.get(f"/v1/applications/{application_id}/history")).json()
    assert [step["command"] for step in steps] == [
        *("submit", "begin_review", "return", "resubmit", "begin_review", "admit"),
        *("schedule", "record_examination", "send_to_council", "certify"),
    ]
    assert [step["to_status"] for step in steps[:-1]] == [s["from_status"] for s in steps[1:]]
    assert "Петрова" not in json.dumps(steps, ensure_ascii=False)


async def test_who_fails_gets_a_statement_and_nobody_is_told_of_an_approval(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.with_council(client, theory=people.part(59.5), practice=None)
    answer = await do(client, application_id, "decision", **people.decision())
    assert_problem(answer, 422, "decision.not_passed", "/outcome")
    missing = await client.get(f"/v1/applications/{application_id}/statement")
    assert_problem(missing, 404, "statement.none")
    body = people.decision(outcome="refuse", recommendation="Пройти обучение")
    refused = await people.done(client, application_id, "decision", "not_confirmed", **body)
    assert refused["acts_next"] == "centre"
    assert (await client.get(f"/v1/applications/{application_id}/statement")).json() == {
        "number": "78.041-000001-2026",
        "issued_on": "2026-03-02",
        "family_name": "Петрова-Водкина",
        "given_name": "Анна",
        "patronymic": "Сергеевна",
        "examined_from": "2026-03-02",
        "examined_to": "2026-03-02",
        "qualification": "Оператор контактного центра (3 уровень квалификации)",
        "result": "квалификация не подтверждена",
        "recommendation": "Пройти обучение",
        "council": "СПК офисных специалистов",
        "centre": {"number": "78.041", "name": "Центр оценки"},
    }
    (*_, told) = await people.rows(database, "SELECT * FROM outbox ORDER BY id")
    assert told.headers["ce_type"] == "applications.application.not_confirmed.v1"
    handed = {"handed_over_on": "2026-03-02", "handover_method": "post"}
    closed = await people.done(client, application_id, "delivery", "closed", **handed)
    assert (closed["closed_on"], closed["kept_until"]) == ("2026-03-02", "2027-03-02")


async def test_a_decision_before_the_council_has_the_file_is_no_step(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.examined(client)
    before = await people.counts(database)
    for outcome in ("certify", "refuse"):
        body = people.decision(outcome=outcome)
        problem = assert_problem(
            await do(client, application_id, "decision", **body), 409, "lifecycle.transition"
        )
        assert problem["possible"] == ["attach_material", "send_to_council"]
        assert problem["status"] == 409
    assert await people.counts(database) == before


STAFF = {"name": "Е. Орлова", "own_staff": True}


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"theory": people.part(held_on="2026-03-03")}, "procedure.day", "/theory/held_on"),
        ({"theory": people.part(held_on="2026-03-01")}, "procedure.day", "/theory/held_on"),
        ({"practice": people.part(held_on="2026-03-03")}, "procedure.day", "/practice/held_on"),
        (
            {"theory": people.part(held_on="02.03.2026")},
            "date_from_datetime_parsing",
            "/theory/held_on",
        ),
        ({"theory": people.part(59)}, "examination.theory_first", "/practice"),
        ({"practice": None}, "examination.practice_missing", "/practice"),
        ({"theory": people.part(-1)}, "greater_than_equal", "/theory/scores/0/points"),
        ({"theory": {"held_on": "2026-03-02", "scores": []}}, "too_short", "/theory/scores"),
        ({"commission": [STAFF]}, "examination.commission", "/commission"),
        (
            {"commission": [STAFF, {"name": "К. С.", "own_staff": False}]},
            "examination.commission",
            "/commission",
        ),
        (
            {"commission": [STAFF, {"name": "е.  орлова", "own_staff": True}]},
            "examination.commission",
            "/commission",
        ),
        (
            {"commission": [STAFF, {"name": "a\x00", "own_staff": True}]},
            "value_error",
            "/commission/1/name",
        ),
        ({"commission": []}, "too_short", "/commission"),
        ({"protocol_number": ""}, "string_too_short", "/protocol_number"),
        ({"materials": [str(uuid4())]}, "examination.material", "/materials/0"),
    ],
)
async def test_a_faulty_protocol_is_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.scheduled(client)
    before = await people.counts(database)
    answer = await do(client, application_id, "examination", **people.protocol(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert await people.counts(database) == before


async def test_practice_never_comes_before_theory(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.scheduled(client)
    clock.advance(days=2)
    body = people.protocol(
        theory=people.part(held_on="2026-03-04"), practice=people.part(held_on="2026-03-03")
    )
    answer = await do(client, application_id, "examination", **body)
    assert_problem(answer, 422, "examination.theory_first", "/practice/held_on")


async def test_materials_belong_to_the_protocol(client: httpx.AsyncClient) -> None:
    application_id = await people.scheduled(client)
    attached = (await people.attach(client, application_id, "examination_material")).json()
    body = people.protocol(materials=[attached["id"]], instrument="07.01000.01.001")
    shown = await people.done(client, application_id, "examination", "examined", **body)
    assert shown["examination"]["materials"] == [attached["id"]]
    assert shown["examination"]["instrument"] == "07.01000.01.001"
    assert [one["part"] for one in shown["examination"]["parts"]] == ["theory", "practice"]


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"decided_on": "2026-03-01"}, "procedure.day", "/decided_on"),
        ({"decided_on": "2026-03-03"}, "procedure.day", "/decided_on"),
        ({"members": ["Н. Громова", "Е. ОРЛОВА"]}, "decision.impartiality", "/members/1"),
        ({"outcome": "approve"}, "literal_error", "/outcome"),
        ({"members": ["Н. Громова", "Н. Громова"]}, "value_error", "/members"),
    ],
)
async def test_a_faulty_decision_is_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.with_council(client)
    before = await people.counts(database)
    answer = await do(client, application_id, "decision", **people.decision(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert await people.counts(database) == before


@pytest.mark.parametrize(
    ("body", "rule", "pointer"),
    [
        ({"outcome": "return", "reviewer": "И."}, "review.remarks", "/remarks"),
        ({"outcome": "decline", "reviewer": "И."}, "review.reason", "/reason"),
        (
            {**people.RETURN, "remarks": [{"field": "/shoe_size", "text": "?"}]},
            "review.remark_field",
            "/remarks/0/field",
        ),
        (
            {**people.RETURN, "remarks": [{"document_id": str(uuid4()), "text": "?"}]},
            "review.remark_document",
            "/remarks/0/document_id",
        ),
        ({**people.RETURN, "remarks": [{"text": "?"}]}, "value_error", "/remarks/0"),
    ],
)
async def test_a_review_says_what_it_is_about(
    client: httpx.AsyncClient, body: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.reviewing(client)
    assert_problem(await do(client, application_id, "review", **body), 422, rule, pointer)


async def test_remarks_lead_to_amendment(client: httpx.AsyncClient) -> None:
    application_id = await people.reviewing(client)
    shown = (await client.get(f"/v1/applications/{application_id}")).json()
    remarks = [
        {"field": "/applicant/birth_date", "text": "В паспорте другая дата"},
        {"document_id": shown["documents"][0]["id"], "text": "Не читается"},
    ]
    body = {**people.RETURN, "remarks": remarks}
    returned = await people.done(client, application_id, "review", "returned", **body)
    assert returned["review"]["remarks"] == remarks
    form = people.applicant(birth_date="1999-12-30")
    del form["consent"]
    path = f"/v1/applications/{application_id}"
    amended = await client.put(path, json=form)
    assert amended.status_code == 200, amended.text
    assert amended.json()["applicant"]["birth_date"] == "1999-12-30"
    elsewhere = {**form, "centre": {"number": "78.042", "name": "Другой"}}
    assert_problem(await client.put(path, json=elsewhere), 422, "application.amend", "/centre")


async def test_who_is_declined_can_only_appeal(client: httpx.AsyncClient) -> None:
    application_id = await people.reviewing(client)
    body = {"outcome": "decline", "reviewer": "И. К.", "reason": "Опыт неясен"}
    declined = await people.done(client, application_id, "review", "declined", **body)
    assert (declined["acts_next"], declined["allowed_commands"]) == (None, ["reopen_review"])


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"starts_at": "2026-03-02T09:00:00Z"}, "appointment.past", "/starts_at"),
        ({"starts_at": "2026-03-05T09:00:00"}, "timezone_aware", "/starts_at"),
        ({"agreed_on": "2026-03-03"}, "procedure.day", "/agreed_on"),
        ({"agreed_with": ["employer"]}, "appointment.agreed", "/agreed_with"),
    ],
)
async def test_a_faulty_appointment_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.admitted(client)
    answer = await do(client, application_id, "appointment", **people.appointment(**changes))
    assert_problem(answer, 422, rule, pointer)


async def test_another_day_and_a_no_show(client: httpx.AsyncClient, clock: ManualClock) -> None:
    application_id = await people.scheduled(client)
    later = people.appointment(starts_at="2026-03-03T12:00:00+03:00")
    silent = await do(client, application_id, "appointment", **later)
    assert_problem(silent, 422, "appointment.reason", "/reason")
    body = {**later, "reason": "Болезнь"}
    moved = await people.done(client, application_id, "appointment", "scheduled", **body)
    assert moved["appointment"]["reason"] == "Болезнь"
    early = await do(client, application_id, "no-show")
    assert_problem(early, 422, "examination.not_yet")
    clock.advance(days=2)
    await people.done(client, application_id, "no-show", "no_show")
    again = people.appointment(starts_at="2026-03-09T12:00:00+03:00", reason="п. 4.2 договора")
    refused = await do(client, application_id, "appointment", **again)
    assert_problem(refused, 422, "appointment.readmission", "/by_contract")
    body = {**again, "by_contract": True}
    await people.done(client, application_id, "appointment", "scheduled", **body)
    clock.advance(days=7)
    await people.done(client, application_id, "no-show", "no_show")
    closed = await people.done(client, application_id, "closure", "closed")
    assert (closed["closed_on"], closed["kept_until"]) == ("2026-03-11", "2027-03-11")


async def test_the_employer_who_referred_agrees_and_is_told(
    client: httpx.AsyncClient, database: Database
) -> None:
    payer = {"kind": "employer", "name": "ООО «Связь»", "registration_number": "7701234567"}
    made = await client.post("/v1/applications", json=people.form(payer=payer))
    application_id = made.json()["id"]
    await people.attach(client, application_id, "education_secondary")
    await people.attach(client, application_id, "training")
    await people.done(client, application_id, "review-start", "under_review", reviewer="И.")
    await people.done(client, application_id, "review", "admitted", **people.ADMIT)
    alone = await do(client, application_id, "appointment", **people.appointment())
    assert_problem(alone, 422, "appointment.agreed", "/agreed_with")
    both = people.appointment(agreed_with=["applicant", "employer"])
    await people.done(client, application_id, "appointment", "scheduled", **both)
    (row,) = await people.rows(database, "SELECT * FROM outbox")
    told = json.loads(row.payload)
    assert (told["employer_number"], told["moved"]) == ("7701234567", False)
    assert "Петрова" not in json.dumps(told, ensure_ascii=False)


async def test_the_day_is_the_civil_zones(client: httpx.AsyncClient, clock: ManualClock) -> None:
    clock.advance(hours=12, minutes=30)  # 00:30 of 3 March in Moscow, 2 March in UTC
    application_id = await people.admitted(client)
    body = people.appointment(starts_at="2026-03-03T15:00:00+03:00", agreed_on="2026-03-03")
    await people.done(client, application_id, "appointment", "scheduled", **body)
    early = await do(client, application_id, "examination", **people.protocol())
    assert_problem(early, 422, "procedure.day", "/theory/held_on")
    part = people.part(held_on="2026-03-03")
    protocol = people.protocol(theory=part, practice=part)
    await people.done(client, application_id, "examination", "examined", **protocol)


async def test_a_command_decided_on_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    application_id = await people.submitted(client)
    await people.attach(client, application_id, "training")
    path = f"/v1/applications/{application_id}/withdrawal"
    assert_problem(await client.post(path, headers={"If-Match": '"1"'}), 412, "resource.changed")
    answer = await client.post(path, json={"actor": "А. П."}, headers={"If-Match": '"2"'})
    assert (answer.json()["status"], answer.headers["ETag"]) == ("withdrawn", '"3"')
    again = assert_problem(await client.post(path), 409, "lifecycle.transition")
    assert again["possible"] == []
