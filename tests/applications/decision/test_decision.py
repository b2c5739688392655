"""The council's decision, the way to it, and what follows it."""

import json
from datetime import date
from typing import Any

import httpx
import pytest

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.events.applications import ApplicationApproved
from shared.messaging.consumer import Consumer
from tests.applications import people
from tests.applications.people import send_step
from tests.applications.test_handlers import build_issued_event
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


async def test_the_way_to_approval_and_the_event_that_tells_of_it(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    application_id = await people.submit_application(client)
    await people.attach_document(client, application_id, "education_secondary")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И. К.")
    early = await send_step(client, application_id, "review", **people.ADMIT)
    problem = assert_problem(early, 422, "application.documents_missing")
    assert problem["check"]["to_bring"] == ["Удостоверение о повышении квалификации"]

    returned = await people.run_step(client, application_id, "review", "returned", **people.RETURN)
    assert returned["acts_next"] == "applicant"
    assert returned["review"]["remarks"] == people.RETURN["remarks"]
    await people.attach_document(client, application_id, "experience", months="6", field="sales")
    await people.run_step(client, application_id, "resubmit", "submitted")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И. К.")
    candidate = await people.run_step(client, application_id, "review", "admitted", **people.ADMIT)
    assert candidate["admitted_on"] == "2026-03-02"
    await people.run_step(client, application_id, "schedule", "scheduled", **people.appointment())
    clock.advance(days=3)
    protocol = people.protocol(
        theory=people.part(held_on="2026-03-03"), practice=people.part(held_on="2026-03-04")
    )
    examined_candidate = await people.run_step(
        client, application_id, "record-examination", "examined", **protocol
    )
    assert (
        examined_candidate["examination"]["began_on"],
        examined_candidate["examination"]["held_on"],
    ) == (
        "2026-03-03",
        "2026-03-04",
    )
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-05"
    )
    response = await send_step(
        client, application_id, "decide", **people.decision(decided_on="2026-03-05")
    )
    assert response.status_code == 200, response.text
    assert (response.json()["status"], response.json()["acts_next"]) == ("approved", "certificates")

    (told_of_day, row) = await people.fetch_rows(database, "SELECT * FROM outbox ORDER BY id")
    assert told_of_day.headers["ce_type"] == "applications.application.examination_scheduled.v1"
    assert (row.topic, row.key) == ("applications.application", application_id)
    event = ApplicationApproved.model_validate_json(row.payload)
    assert json.loads(row.payload) == event.model_dump(mode="json")
    assert event.qualification == people.build_published_event().qualification
    assert event.holder.model_dump() == {
        "family_name": "Петрова-Водкина",
        "given_name": "Анна",
        "patronymic": "Сергеевна",
    }
    assert (str(event.decided_on), event.decision_protocol) == ("2026-03-05", "СПК-4")
    for private in (b"1999", b"anna@", b"900 000"):
        assert private not in row.payload

    steps = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    assert [step["command"] for step in steps] == [
        *("submit", "begin_review", "return", "resubmit", "begin_review", "admit"),
        *("schedule", "record_examination", "send_to_council", "certify"),
    ]
    assert [step["to_status"] for step in steps[:-1]] == [s["from_status"] for s in steps[1:]]
    assert "Петрова" not in json.dumps(steps, ensure_ascii=False)


async def test_nobody_is_certified_of_what_has_no_number_in_the_registry(
    client: httpx.AsyncClient,
    database: Database,
    settings: ApplicationsSettings,
    clock: ManualClock,
) -> None:
    application_id = await people.send_to_council(client)
    before = await people.count_rows(database)
    strict_settings = settings.model_copy(update={"issue_unconfirmed": False})
    async with serving(create(strict_settings, clock)) as strict_client:
        answer = await send_step(strict_client, application_id, "decide", **people.decision())
        problem = assert_problem(answer, 422, "qualification.unnumbered")
        assert "registry" in problem["detail"]
    assert await people.count_rows(database) == before
    await people.run_step(client, application_id, "decide", "approved", **people.decision())


async def test_who_fails_gets_a_statement_and_nobody_is_told_of_an_approval(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.send_to_council(client, theory=people.part(59.5), practice=None)
    answer = await send_step(client, application_id, "decide", **people.decision())
    assert_problem(answer, 422, "decision.not_passed", "/outcome")
    missing = await client.get(f"/v1/applications/{application_id}/statement")
    assert_problem(missing, 404, "statement.none")
    body = people.decision(outcome="refuse", recommendation="Пройти обучение")
    refused_application = await people.run_step(
        client, application_id, "decide", "not_confirmed", **body
    )
    assert refused_application["acts_next"] == "centre"
    assert (await client.get(f"/v1/applications/{application_id}/statement")).json() == {
        "number": "78.041-000001-2026",
        "version": 1,
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
    (*_, last_row) = await people.fetch_rows(database, "SELECT * FROM outbox ORDER BY id")
    assert last_row.headers["ce_type"] == "applications.application.not_confirmed.v1"
    delivery = {"handed_over_on": "2026-03-02", "handover_method": "post"}
    closed_application = await people.run_step(
        client, application_id, "hand-over", "closed", **delivery
    )
    assert (closed_application["closed_on"], closed_application["kept_until"]) == (
        "2026-03-02",
        "2027-03-02",
    )


async def test_no_day_lies_before_what_it_follows(
    client: httpx.AsyncClient, consumer: Consumer, clock: ManualClock
) -> None:
    application_id = await people.examine_candidate(client)
    clock.advance(days=10)
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-05"
    )
    early = people.decision(decided_on="2026-03-04")
    answer = await send_step(client, application_id, "decide", **early)
    assert_problem(answer, 422, "procedure.day", "/decided_on")
    on_the_day = people.decision(decided_on="2026-03-05")
    await people.run_step(client, application_id, "decide", "approved", **on_the_day)
    certificate = build_issued_event(application_id, issued_on=date(2026, 3, 9))
    await consumer.handle_record(people.build_record(certificate, clock.now()))
    delivery = {"handed_over_on": "2026-03-08", "handover_method": "post"}
    answer = await send_step(client, application_id, "hand-over", **delivery)
    assert_problem(answer, 422, "procedure.day", "/handed_over_on")
    entry = {"record_number": "Р-1", "entered_on": "2026-03-08"}
    answer = await send_step(client, application_id, "record-registry-entry", **entry)
    assert_problem(answer, 422, "procedure.day", "/entered_on")
    delivery["handed_over_on"] = "2026-03-09"
    await people.run_step(client, application_id, "hand-over", "closed", **delivery)


async def test_a_decision_before_the_council_has_the_file_is_no_step(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.examine_candidate(client)
    before = await people.count_rows(database)
    for outcome in ("certify", "refuse"):
        body = people.decision(outcome=outcome)
        problem = assert_problem(
            await send_step(client, application_id, "decide", **body), 409, "lifecycle.transition"
        )
        assert problem["possible"] == ["attach_material", "send_to_council"]
        assert problem["status"] == 409
    assert await people.count_rows(database) == before


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"decided_on": "2026-03-01"}, "procedure.day", "/decided_on"),
        ({"decided_on": "2026-03-03"}, "procedure.day", "/decided_on"),
        ({"members": ["Н. Громова", "Е. ОРЛОВА"]}, "decision.impartiality", "/members/1"),
        ({"members": ["Н. Громова", "Орлова Е."]}, "decision.impartiality", "/members/1"),
        ({"members": ["Н. Громова", "E.Oрлова"]}, "decision.impartiality", "/members/1"),
        ({"members": ["Н. Громова", "E. Orlova"]}, "decision.impartiality", "/members/1"),
        ({"members": ["Анна С. Петрова-Водкина"]}, "people.perhaps_same", "/members/0"),
        ({"members": ["Anna Petrova Vodkina"]}, "people.perhaps_same", "/members/0"),
        (
            {"members": ["Петрова Водкина Анна Сергеевна"]},
            "decision.impartiality",
            "/members/0",
        ),
        ({"members": ["Н. Громова", "Громова Н"]}, "decision.members", "/members/1"),
        ({"members": ["Н. Громова", "Нина Громова"]}, "people.perhaps_same", "/members/1"),
        ({"outcome": "approve"}, "value.choice", "/outcome"),
        ({"members": ["Н. Громова", "Н. Громова"]}, "list.repeated", "/members"),
    ],
)
async def test_a_faulty_decision_is_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.send_to_council(client)
    before = await people.count_rows(database)
    answer = await send_step(client, application_id, "decide", **people.decision(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert await people.count_rows(database) == before


async def test_a_command_decided_on_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    application_id = await people.submit_application(client)
    await people.attach_document(client, application_id, "training")
    path = f"/v1/applications/{application_id}/withdraw"
    assert_problem(await client.post(path, headers={"If-Match": '"1"'}), 412, "resource.changed")
    answer = await client.post(path, json={"actor": "А. П."}, headers={"If-Match": '"2"'})
    assert (answer.json()["status"], answer.headers["ETag"]) == ("withdrawn", '"3"')
    again = assert_problem(await client.post(path), 409, "lifecycle.transition")
    assert again["possible"] == []
