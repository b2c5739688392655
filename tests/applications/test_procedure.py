"""From review to the council's decision, over real PostgreSQL."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from shared.db import Database
from shared.events.applications import ApplicationApproved
from tests.applications import people
from tests.applications.people import do
from tests.parts import ManualClock, assert_problem


async def test_the_way_to_approval_and_the_event_that_tells_of_it(
    client: httpx.AsyncClient, database: Database, clock: ManualClock
) -> None:
    application_id = await people.submitted(client)
    await people.attach(client, application_id, "education_secondary")
    early = await do(client, application_id, "review", outcome="admit", reviewer="И. Котова")
    problem = assert_problem(early, 422, "application.documents_missing")
    assert problem["check"]["to_bring"] == ["Удостоверение о повышении квалификации"]

    returned = await do(
        client, application_id, "review", outcome="return", remarks="Опыт?", reviewer="И. Котова"
    )
    assert (returned.json()["acts_next"], returned.json()["remarks"]) == ("applicant", "Опыт?")
    await people.attach(client, application_id, "experience", months="6", field="sales")
    await client.post(f"/v1/applications/{application_id}/resubmission")
    admitted = await do(client, application_id, "review", outcome="admit", reviewer="И. Котова")
    assert (admitted.json()["status"], admitted.json()["admitted_on"]) == ("admitted", "2026-03-02")
    clock.advance(days=3)
    await do(client, application_id, "examination", **people.protocol(held_on="2026-03-04"))
    done = await do(client, application_id, "decision", **people.decision(decided_on="2026-03-05"))
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["acts_next"]) == ("approved", "certificates")

    (row,) = await people.rows(database, "SELECT * FROM outbox")
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
        "submit",
        "return",
        "resubmit",
        "admit",
        "record_examination",
        "certify",
    ]
    assert [step["to_status"] for step in steps[:-1]] == [s["from_status"] for s in steps[1:]]
    assert "Петрова" not in json.dumps(steps, ensure_ascii=False)


async def test_who_fails_is_not_confirmed_and_nobody_is_told_of_an_approval(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.examined(client, theory="failed", practice=None)
    answer = await do(client, application_id, "decision", **people.decision())
    assert_problem(answer, 422, "decision.not_passed", "/outcome")
    refused = await do(client, application_id, "decision", **people.decision(outcome="refuse"))
    assert (refused.json()["status"], refused.json()["acts_next"]) == ("not_confirmed", None)
    assert await people.rows(database, "SELECT * FROM outbox") == []


async def test_a_decision_before_the_examination_is_no_step(
    client: httpx.AsyncClient, database: Database
) -> None:
    application_id = await people.admitted(client)
    before = await people.counts(database)
    for outcome in ("certify", "refuse"):
        body = people.decision(outcome=outcome)
        problem = assert_problem(
            await do(client, application_id, "decision", **body), 409, "lifecycle.transition"
        )
        assert problem["possible"] == ["record_examination", "withdraw"]
        assert problem["status"] == 409
    assert await people.counts(database) == before


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"held_on": "2026-03-03"}, "procedure.day", "/held_on"),
        ({"held_on": "2026-03-01"}, "procedure.day", "/held_on"),
        ({"held_on": "02.03.2026"}, "date_from_datetime_parsing", "/held_on"),
        ({"theory": "failed"}, "examination.theory_first", "/practice"),
        ({"practice": None}, "examination.practice_missing", "/practice"),
        ({"theory": "excellent"}, "enum", "/theory"),
        ({"examiners": ["Е. Орлова"]}, "examination.commission", "/examiners"),
        ({"examiners": ["Е. Орлова", "е.  орлова"]}, "examination.commission", "/examiners"),
        ({"examiners": ["Е. Орлова", "a\x00"]}, "value_error", "/examiners"),
        ({"examiners": []}, "too_short", "/examiners"),
        ({"protocol_number": ""}, "string_too_short", "/protocol_number"),
    ],
)
async def test_a_faulty_protocol_is_refused(
    client: httpx.AsyncClient, database: Database, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.admitted(client)
    before = await people.counts(database)
    answer = await do(client, application_id, "examination", **people.protocol(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert await people.counts(database) == before


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
    application_id = await people.examined(client)
    before = await people.counts(database)
    answer = await do(client, application_id, "decision", **people.decision(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert await people.counts(database) == before


async def test_a_return_needs_remarks(client: httpx.AsyncClient) -> None:
    application_id = await people.submitted(client)
    answer = await do(client, application_id, "review", outcome="return", reviewer="И. Котова")
    assert_problem(answer, 422, "review.remarks", "/remarks")


async def test_the_day_is_the_civil_zones(client: httpx.AsyncClient, clock: ManualClock) -> None:
    clock.advance(hours=12, minutes=30)  # 00:30 of 3 March in Moscow, 2 March in UTC
    application_id = await people.admitted(client)
    early = await do(client, application_id, "examination", **people.protocol())
    assert_problem(early, 422, "procedure.day", "/held_on")
    body = people.protocol(held_on="2026-03-03")
    assert (await do(client, application_id, "examination", **body)).status_code == 200


async def test_conflicting_decisions_at_once_have_one_winner(
    client: httpx.AsyncClient, database: Database
) -> None:
    for _ in range(5):
        application_id = await people.examined(client)
        answers = await asyncio.gather(
            *(
                do(client, application_id, "decision", **people.decision(outcome=outcome))
                for outcome in ("certify", "refuse", "certify", "refuse")
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
        stored = (await client.get(f"/v1/applications/{application_id}")).json()
        assert stored == winner
        told = await people.rows(
            database, "SELECT * FROM outbox WHERE key = :key", key=application_id
        )
        assert len(told) == (winner["decision"]["outcome"] == "certify")


async def test_a_command_decided_on_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    application_id = await people.submitted(client)
    await people.attach(client, application_id, "training")
    path = f"/v1/applications/{application_id}/withdrawal"
    assert_problem(await client.post(path, headers={"If-Match": '"1"'}), 412, "resource.changed")
    answer = await client.post(path, json={"actor": "А. П."}, headers={"If-Match": '"2"'})
    assert (answer.json()["status"], answer.headers["ETag"]) == ("withdrawn", '"3"')
    again = assert_problem(await client.post(path), 409, "lifecycle.transition")
    assert again["possible"] == []
