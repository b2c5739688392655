"""Names that may be one person's: who acts confirms that they are two people's, and it is kept."""

import httpx

from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.appeals.hearings import (
    build_member,
    build_panel,
    build_verdict,
    hear_appeal,
)
from tests.applications.desk.desk_pages import SECRETARY, find_case, open_page, send_form
from tests.applications.desk.test_acts import DECISION, escape
from tests.applications.people import send_step
from tests.clock import ManualClock
from tests.problems import assert_problem

PAIR = {"name": "Екатерина Орлова", "other_name": "Е. Орлова"}
DECIDER = people.decision(members=["Н. Громова", PAIR["name"]])


async def read_confirmations(
    client: httpx.AsyncClient, application_id: str
) -> list[tuple[str, list[dict[str, str]]]]:
    """What the history says of confirmed names: who confirmed which pairs."""
    steps = (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    return [
        (step["actor"], step["facts"]["different_people"])
        for step in steps
        if step["command"] == "confirm_different_people"
    ]


async def test_a_decider_who_may_have_examined_is_confirmed_to_be_another(
    client: httpx.AsyncClient,
) -> None:
    application_id = await people.send_to_council(client)
    refusal = await send_step(client, application_id, "decide", **DECIDER)
    problem = assert_problem(refusal, 422, "people.perhaps_same", "/members/1")
    assert problem["perhaps_same"] == [PAIR]
    other_pair = {"name": "Н. Громова", "other_name": "Е. Орлова"}
    wrong = {**DECIDER, "different_people": [other_pair]}
    assert_problem(
        await send_step(client, application_id, "decide", **wrong), 422, "people.perhaps_same"
    )
    assert await read_confirmations(client, application_id) == []

    body = {**DECIDER, "different_people": problem["perhaps_same"], "actor": "Н. Громова"}
    secretary = tokens.bearer(Scope.DECIDE, council="СПК офисных специалистов")
    answer = await client.post(
        f"/v1/applications/{application_id}/decide", json=body, headers=secretary
    )
    assert answer.status_code == 200, answer.text
    ((account, pairs),) = await read_confirmations(client, application_id)
    assert pairs == [PAIR]
    assert account != "Н. Громова", "the account has confirmed it, whoever is named"


async def test_what_is_one_person_cannot_be_confirmed_to_be_two(client: httpx.AsyncClient) -> None:
    application_id = await people.send_to_council(client)
    pair = {"name": "Orlova E.", "other_name": "Е. Орлова"}
    body = people.decision(members=[pair["name"]], different_people=[pair])
    refusal = await send_step(client, application_id, "decide", **body)
    assert_problem(refusal, 422, "decision.impartiality", "/members/0")


async def test_the_candidate_examines_nobody(client: httpx.AsyncClient) -> None:
    application_id = await people.schedule_examination(client)
    protocol = people.protocol()
    candidate = {"name": "А. С. Петрова-Водкина", "own_staff": True}
    commission = [*protocol["commission"], candidate]
    refusal = await send_step(
        client, application_id, "record-examination", **{**protocol, "commission": commission}
    )
    problem = assert_problem(refusal, 422, "people.perhaps_same", "/commission/2/name")
    commission[2] = {**candidate, "name": "Водкина Петрова Анна Сергеевна"}
    body = {**protocol, "commission": commission, "different_people": problem["perhaps_same"]}
    refusal = await send_step(client, application_id, "record-examination", **body)
    assert_problem(refusal, 422, "examination.impartiality", "/commission/2/name")
    commission[2] = candidate
    body = {**body, "commission": commission}
    await people.run_step(client, application_id, "record-examination", "examined", **body)
    ((_, pairs),) = await read_confirmations(client, application_id)
    assert pairs == [{"name": candidate["name"], "other_name": "Петрова-Водкина Анна Сергеевна"}]


async def test_a_member_hears_an_appeal_once_and_not_who_decided(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    panel = build_panel(True, True, True, False, False)
    twice = build_verdict(members=[*panel, build_member("Первый Б", True)])
    refusal = await client.post(f"{path}/decide", json=twice)
    assert_problem(refusal, 422, "appeal.repeated", "/members/5/name")
    decider = build_verdict(members=[*panel, build_member("Нина Громова", True)])
    refusal = await client.post(f"{path}/decide", json=decider)
    problem = assert_problem(refusal, 422, "people.perhaps_same", "/members/5/name")
    confirmed = {**decider, "different_people": problem["perhaps_same"]}
    answer = await client.post(f"{path}/decide", json=confirmed)
    assert answer.status_code == 200, answer.text
    ((_, pairs),) = await read_confirmations(client, application_id)
    assert pairs == [{"name": "Нина Громова", "other_name": "Н. Громова"}]


async def test_the_form_asks_by_name_and_the_history_says_it(client: httpx.AsyncClient) -> None:
    application_id = await people.send_to_council(client)
    path = await find_case(client, application_id)
    form = (await open_page(client, f"{path}/decision?outcome=certify", SECRETARY)).form
    typed_fields = escape({**DECISION, "member-1-name": PAIR["name"]})
    question = await send_form(client, form, SECRETARY, **typed_fields)
    assert (question.status, list(question.summary)) == (422, ["member-1-name"])
    sentence = "«Екатерина Орлова» и «Е. Орлова» — разные люди"
    assert sentence in question.text
    again = await send_form(client, question.form, SECRETARY)
    assert again.status == 422, "nobody confirms it by sending the form once more"
    check = await send_form(client, again.form, SECRETARY, **{"different-0-confirmed": "yes"})
    assert check.path == f"{path}/decision/check"
    assert sentence in check.text
    answer = await send_form(client, check.form, SECRETARY)
    assert answer.path == path
    assert f"Подтверждено: {sentence}" in answer.text
    ((account, pairs),) = await read_confirmations(client, application_id)
    assert (account, pairs) == ("secretary", [PAIR])
