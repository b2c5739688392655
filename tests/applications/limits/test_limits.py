"""Limits of law run with the procedure; who watches them sees them."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.applications.main import create
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from shared.principal import Scope
from tests import tokens
from tests.applications import people
from tests.applications.people import send_step
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.scrapes import scrape
from tests.serving import serving


def limits_by_name(application: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    limits: dict[str, tuple[object, ...]] = {}
    for limit in application["limits"]:
        limits[limit["name"]] = (limit["due_on"], limit["state"], limit["days_left"])
    return limits


async def test_limits_run_with_the_procedure(
    client: httpx.AsyncClient, clock: ManualClock, settings: ApplicationsSettings
) -> None:
    application_id = await people.submit_application(client)
    path = f"/v1/applications/{application_id}"
    assert limits_by_name((await client.get(path)).json()) == {
        "review": ("2026-03-12", "running", 10)
    }
    clock.advance(days=8)
    assert limits_by_name((await client.get(path)).json())["review"][1:] == ("at_risk", 2)
    clock.advance(days=3)
    assert limits_by_name((await client.get(path)).json())["review"][1:] == ("late", -1)
    await people.run_step(client, application_id, "withdraw", "withdrawn")
    assert limits_by_name((await client.get(path)).json())["review"][1:] == ("cancelled", None)


async def test_paper_counts_from_its_receipt_and_a_return_begins_anew(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    future = await client.post("/v1/applications", json=people.form(received_on="2026-03-03"))
    assert_problem(future, 422, "application.received_on", "/received_on")
    response = await client.post("/v1/applications", json=people.form(received_on="2026-02-25"))
    application_id = response.json()["id"]
    limit = response.json()["limits"][0]
    assert (limit["counted_until"], limit["due_on"]) == ("2026-03-07", "2026-03-10")
    await people.run_step(client, application_id, "begin-review", "under_review", reviewer="И.")
    await people.run_step(client, application_id, "review", "returned", **people.RETURN)
    clock.advance(days=20)
    application = await people.run_step(client, application_id, "resubmit", "submitted")
    assert [(limit["due_on"], limit["state"]) for limit in application["limits"]] == [
        ("2026-03-10", "met"),
        ("2026-04-01", "running"),
    ]


async def test_the_council_the_registry_and_the_centre_have_their_days(
    client: httpx.AsyncClient, settings: ApplicationsSettings
) -> None:
    application_id = await people.examine_candidate(client)
    path = f"/v1/applications/{application_id}"
    running = {
        name: state[0]
        for name, state in limits_by_name((await client.get(path)).json()).items()
        if state[2] is not None
    }
    assert running == {
        "to_council": "2026-03-10",  # the 9th is a day off
        "decision": "2026-03-16",
        "hand_over": "2026-04-01",
    }
    await people.run_step(
        client, application_id, "send-to-council", "with_council", sent_on="2026-03-02"
    )
    early = {"record_number": "1", "entered_on": "2026-03-02"}
    assert_problem(
        await send_step(client, application_id, "record-registry-entry", **early),
        422,
        "registry.nothing",
    )
    await people.run_step(
        client, application_id, "decide", "not_confirmed", **people.decision(outcome="refuse")
    )
    entry = {"record_number": "R-1", "entered_on": "2026-03-02"}
    application = await people.run_step(
        client, application_id, "record-registry-entry", "not_confirmed", **entry
    )
    again = await people.run_step(
        client, application_id, "record-registry-entry", "not_confirmed", **entry
    )
    assert again == application
    other_entry = {"record_number": "R-2", "entered_on": "2026-03-02"}
    assert_problem(
        await send_step(client, application_id, "record-registry-entry", **other_entry),
        409,
        "registry.second",
    )
    assert limits_by_name(application)["registry_entry"] == ("2026-03-10", "met", None)
    delivery = {"handed_over_on": "2026-03-02", "handover_method": "in_person"}
    closed_application = await people.run_step(
        client, application_id, "hand-over", "closed", **delivery
    )
    assert {limit["state"] for limit in closed_application["limits"]} == {"met"}


async def test_lists_counts_and_metrics_of_what_is_at_risk_and_late(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await people.submit_application(client)
    clock.advance(days=4)
    second = await people.submit_application(client)
    await people.submit_application(client)
    clock.advance(days=7)
    limits = (await client.get("/v1/limits")).json()["items"]
    assert {(limit["application_id"], limit["state"], limit["days_left"]) for limit in limits} >= {
        (first, "late", -1),
        (second, "at_risk", 3),
    }
    page = (await client.get("/v1/limits", params={"limit": 1})).json()
    assert page["items"][0]["application_id"] == first
    assert page["items"][0]["case_number"] == "26-000001"
    rest = (await client.get("/v1/limits", params={"cursor": page["next"]})).json()["items"]
    assert [page["items"][0], *rest] == limits
    farthest_first = (await client.get("/v1/limits", params={"sort": "-due_on"})).json()["items"]
    assert farthest_first == limits[::-1]
    late = (await client.get("/v1/limits", params={"state": "late"})).json()["items"]
    assert [limit["application_id"] for limit in late] == [first]
    operations = tokens.bearer(Scope.OPERATE, centre="1")
    assert (await client.get("/v1/limits", headers=operations)).json()["items"] == limits
    centre = tokens.bearer(Scope.PROCESS, centre="another")
    assert (await client.get("/v1/limits", headers=centre)).json()["items"] == []
    limit_counts = (await client.get("/v1/limits/counts")).json()["items"]
    assert {(limit["name"], limit["state"]): limit["count"] for limit in limit_counts} == {
        ("review", "at_risk"): 2,
        ("review", "late"): 1,
    }
    count_page = (await client.get("/v1/limits/counts", params={"limit": 1})).json()
    query = {"cursor": count_page["next"]}
    count_rest = (await client.get("/v1/limits/counts", params=query)).json()
    assert [*count_page["items"], *count_rest["items"]] == limit_counts
    assert count_rest["next"] is None
    answer = await scrape(client)
    for state, number in {"at_risk": 2, "late": 1, "running": 0}.items():
        assert answer.value("attesta_time_limits", limit="review", state=state) == number
    assert (
        answer.samples[
            "attesta_time_limits", frozenset({("limit", "hand_over"), ("state", "late")})
        ]
        == 0
    )
    rules = (await client.get("/v1/limits/rules")).json()["items"]
    assert {limit["name"] for limit in rules} >= {"review", "hand_over"}


@pytest.mark.parametrize(
    ("scope", "claims", "is_own"),
    [
        (Scope.OPERATE, {}, True),
        (Scope.PROCESS, {"centre": tokens.CENTRE}, True),
        (Scope.DECIDE, {"council": tokens.COUNCIL}, True),
        (Scope.PROCESS, {"centre": "another"}, False),
        (Scope.DECIDE, {"council": "another"}, False),
        (Scope.PROCESS, {"council": tokens.COUNCIL}, False),
        (Scope.DECIDE, {"centre": tokens.CENTRE}, False),
        (Scope.PROCESS, {}, False),
        (Scope.DECIDE, {}, False),
    ],
)
async def test_lists_and_counts_are_of_whose_applications_one_may_list(
    client: httpx.AsyncClient,
    clock: ManualClock,
    scope: Scope,
    claims: dict[str, str],
    is_own: bool,
) -> None:
    await people.submit_application(client)
    clock.advance(days=11)
    caller = tokens.bearer(scope, subject="watcher", **claims)
    for path in ("/v1/limits", "/v1/limits/counts"):
        answer = await client.get(path, headers=caller)
        assert answer.status_code == 200, answer.text
        assert bool(answer.json()["items"]) is is_own, path
    other_centre = await client.get("/v1/limits", params={"centre": "99.999"}, headers=caller)
    assert other_centre.json()["items"] == []


async def test_other_limits_are_a_matter_of_settings(
    settings: ApplicationsSettings, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "limits.json"
    content = json.loads(settings.limits_file.read_text())
    content["limits"][0]["days"] = 3
    file.write_text(json.dumps(content))
    changed_settings = settings.model_copy(update={"limits_file": file})
    await people.deliver_record(
        database,
        changed_settings,
        clock,
        people.build_record(people.build_published_event(), clock.now()),
    )
    async with serving(create(changed_settings, clock)) as client:
        response = await client.post("/v1/applications", json=people.form())
    assert response.json()["limits"][0]["due_on"] == "2026-03-05"
