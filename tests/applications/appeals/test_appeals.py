"""Appeals: who, when, on which grounds, how they are heard, and what they do."""

from typing import Any

import httpx
import pytest

from tests.applications import people
from tests.applications.appeals.hearings import (
    build_complaint,
    build_member,
    build_panel,
    build_verdict,
    file_appeal,
    hear_appeal,
    run_appeal_step,
)
from tests.clock import ManualClock
from tests.problems import assert_problem


async def test_a_satisfied_appeal_leads_to_another_examination(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    appeal = await run_appeal_step(client, path, "decide", **build_verdict())
    assert (appeal["status"], appeal["outcome"]) == ("decided", "satisfied")
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["acts_next"]) == ("admitted", "centre")
    assert application["kept_until"] is None
    states = {(row["name"], row["state"]) for row in application["limits"]}
    assert ("hand_over", "cancelled") in states
    assert {("appeal_registration", "met"), ("appeal_decision", "met")} <= states
    assert {("appeal_notice", "running"), ("appeal_execution", "running")} <= states
    assert (await run_appeal_step(client, path, "send-decision", completed_on="2026-03-13"))[
        "status"
    ] == "sent"
    body = people.appointment(starts_at="2026-03-14T12:00:00+03:00", agreed_on="2026-03-13")
    await people.run_step(client, application_id, "schedule", "scheduled", **body)
    clock.advance(days=1)
    part = people.part(held_on="2026-03-14")
    protocol = people.protocol(theory=part, practice=part, protocol_number="П-18")
    await people.run_step(client, application_id, "record-examination", "examined", **protocol)
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-14"
    )
    again = people.decision(decided_on="2026-03-14", protocol_number="СПК-5")
    approved = await people.run_step(client, application_id, "decide", "approved", **again)
    assert approved["examination"]["protocol_number"] == "П-18"
    assert (await run_appeal_step(client, path, "execute", completed_on="2026-03-14"))[
        "status"
    ] == "executed"
    commands = [
        row["command"]
        for row in (await client.get(f"/v1/applications/{application_id}/history")).json()["items"]
    ]
    assert commands[-9:] == [
        *("appeal_set_hearing", "reopen_examination", "appeal_decide", "appeal_send", "schedule"),
        *("record_examination", "send_to_council", "certify", "appeal_execute"),
    ]


async def test_who_was_declined_appeals_and_is_reviewed_anew(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.begin_review(client)
    declined = {"outcome": "decline", "reviewer": "И.", "reason": "Опыт неясен"}
    await people.run_step(client, application_id, "review", "declined", **declined)
    path = await hear_appeal(client, clock, application_id, ground="acceptance_refused")
    await run_appeal_step(client, path, "decide", **build_verdict(remedy="review_anew"))
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["closed_on"]) == ("submitted", None)
    assert application["limits"][-1]["name"] == "review"
    assert application["limits"][-1]["due_on"] == "2026-03-23"


async def test_nobody_decides_anew_before_the_appeal_was_decided(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    await run_appeal_step(client, path, "decide", **build_verdict(remedy="decide_anew"))
    again = {"outcome": "refuse", "recommendation": "Пройти обучение", "protocol_number": "СПК-9"}
    early = people.decision(**again, decided_on="2026-03-12")
    answer = await people.send_step(client, application_id, "decide", **early)
    assert_problem(answer, 422, "procedure.day", "/decided_on")
    on_the_day = people.decision(**again, decided_on="2026-03-13")
    await people.run_step(client, application_id, "decide", "not_confirmed", **on_the_day)


async def test_a_refused_appeal_changes_nothing(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    body = build_verdict(
        outcome="refused", remedy=None, members=build_panel(False, False, False, True, True)
    )
    await run_appeal_step(client, path, "decide", **body)
    await run_appeal_step(client, path, "send-decision", completed_on="2026-03-13")
    answer = await client.post(f"{path}/execute", json={"completed_on": "2026-03-13"})
    assert_problem(answer, 422, "appeal.refused")
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert application["status"] == "not_confirmed"
    assert application["appeals"][0]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"ground": "bad_weather"}, "value.choice", "/ground"),
        ({"appellant": "neighbour"}, "value.choice", "/appellant"),
        ({"appellant": "employer"}, "appeal.appellant", "/appellant"),
        ({"appellant": "payer"}, "appeal.appellant", "/appellant"),
        ({"ground": "acceptance_refused"}, "appeal.nothing_to_appeal", "/ground"),
        ({"filed_on": "2026-03-03"}, "appeal.day", "/filed_on"),
        ({"informed_on": "2026-03-03"}, "appeal.day", "/filed_on"),
        ({"explanation_text": ""}, "text.too_short", "/explanation_text"),
    ],
)
async def test_a_faulty_complaint_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.refuse_certification(client)
    path = f"/v1/applications/{application_id}/appeals"
    answer = await client.post(path, json=build_complaint(**changes))
    assert_problem(answer, 422, rule, pointer)
    assert (await client.get(path)).json() == {"items": []}


@pytest.mark.parametrize(("days", "status"), [(30, 201), (31, 422)])
async def test_an_appeal_can_be_filed_within_thirty_days(
    client: httpx.AsyncClient, clock: ManualClock, days: int, status: int
) -> None:
    application_id = await people.refuse_certification(client)
    clock.advance(days=days)
    body = build_complaint(filed_on={30: "2026-04-01", 31: "2026-04-02"}[days])
    answer = await client.post(f"/v1/applications/{application_id}/appeals", json=body)
    assert answer.status_code == status, answer.text
    if status == 422:
        problem = assert_problem(answer, 422, "appeal.too_late", "/filed_on")
        assert problem["last_day"] == "2026-04-01"


@pytest.mark.parametrize(
    ("changes", "rule", "pointer"),
    [
        ({"members": build_panel(True, True, True, False)}, "appeal.panel", "/members"),
        (
            {"members": [*build_panel(True, True, True, False), build_member("е. орлова", None)]},
            "appeal.impartiality",
            "/members/4/name",
        ),
        (
            {"members": [*build_panel(True, True, True, False), build_member("Н. Громова", None)]},
            "appeal.impartiality",
            "/members/4/name",
        ),
        (
            {
                "members": [
                    *build_panel(True, True, True, False),
                    build_member("К.", True, conflict=True),
                ]
            },
            "appeal.vote",
            "/members/4/in_favour",
        ),
        (
            {
                "members": [
                    *build_panel(True, True, True, False),
                    build_member("К.", True, present=False),
                ]
            },
            "appeal.vote",
            "/members/4/in_favour",
        ),
        (
            {
                "members": [
                    *build_panel(True, True),
                    *(build_member(name, None, present=False) for name in ("К.", "Л.", "М.")),
                ]
            },
            "appeal.quorum",
            "/members",
        ),
        ({"chair": "Я. Чужой"}, "appeal.chair", "/chair"),
        ({"members": build_panel(None, None, None, None, None)}, "appeal.vote", "/members"),
        ({"members": build_panel(False, False, True, False, False)}, "appeal.outcome", "/outcome"),
        ({"members": build_panel(None, True, True, False, False)}, "appeal.tie", "/chair"),
        ({"remedy": "deliver"}, "appeal.remedy", "/remedy"),
        ({"remedy": None}, "appeal.remedy", "/remedy"),
        ({"decided_on": "2026-03-12"}, "procedure.day", "/decided_on"),
        ({"decided_on": "2026-03-14"}, "procedure.day", "/decided_on"),
    ],
)
async def test_a_commission_that_may_not_decide_so_is_refused(
    client: httpx.AsyncClient, clock: ManualClock, changes: dict[str, Any], rule: str, pointer: str
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    answer = await client.post(f"{path}/decide", json=build_verdict(**changes))
    assert_problem(answer, 422, rule, pointer)
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert (application["status"], application["appeals"][0]["status"]) == (
        "not_confirmed",
        "hearing_set",
    )


async def test_with_equal_votes_the_chair_decides(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    body = build_verdict(
        members=build_panel(True, True, False, False, None), outcome="satisfied_partly"
    )
    assert (await run_appeal_step(client, path, "decide", **body))["outcome"] == "satisfied_partly"


async def test_steps_out_of_order_and_short_notice(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await file_appeal(client, application_id)
    early = await client.post(f"{path}/decide", json=build_verdict())
    problem = assert_problem(early, 409, "lifecycle.transition")
    assert problem["possible"] == ["register", "withdraw"]
    await run_appeal_step(
        client, path, "register", registration_number="А-1", registered_on="2026-03-02"
    )
    hearing = {
        "place": "Зал 1",
        "notified_on": "2026-03-02",
        "starts_at": "2026-03-11T10:00:00+03:00",
    }
    short = await client.post(f"{path}/set-hearing", json=hearing)
    assert_problem(short, 422, "appeal.short_notice", "/starts_at")
    await run_appeal_step(
        client, path, "set-hearing", **{**hearing, "starts_at": "2026-03-12T10:00:00+03:00"}
    )
    unheard = await client.post(f"{path}/decide", json=build_verdict())
    assert_problem(unheard, 422, "appeal.not_heard")
    stale = await client.post(f"{path}/withdraw", headers={"If-Match": '"1"'})
    assert_problem(stale, 412, "resource.changed")
    assert (await run_appeal_step(client, path, "withdraw"))["status"] == "withdrawn"
    application = (await client.get(f"/v1/applications/{application_id}")).json()
    assert {limit["state"] for limit in application["limits"] if limit["appeal_id"]} == {
        "met",
        "cancelled",
    }
