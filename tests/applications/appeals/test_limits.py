"""The days of appeals: those of the file, those of a council, and those that move."""

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
from tests.applications.appeals.hearings import (
    build_complaint,
    build_panel,
    build_verdict,
    hear_appeal,
    run_appeal_step,
)
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


@pytest.mark.parametrize(
    ("informed_on", "last_day", "next_day"),
    [
        ("2026-03-05", "2026-04-06", "2026-04-07"),  # the 30th day is a Saturday
        ("2026-03-31", "2026-04-30", "2026-05-01"),
        ("2026-04-01", "2026-05-04", "2026-05-05"),  # the 30th day is a holiday
    ],
)
async def test_the_last_day_for_an_appeal_moves_from_a_day_off(
    client: httpx.AsyncClient, clock: ManualClock, informed_on: str, last_day: str, next_day: str
) -> None:
    application_id = await people.refuse_certification(client)
    clock.advance(days=90)
    path = f"/v1/applications/{application_id}/appeals"
    late = await client.post(path, json=build_complaint(informed_on=informed_on, filed_on=next_day))
    problem = assert_problem(late, 422, "appeal.too_late", "/filed_on")
    assert problem["last_day"] == last_day
    body = build_complaint(informed_on=informed_on, filed_on=last_day)
    assert (await client.post(path, json=body)).status_code == 201


async def test_a_councils_rules_shorten_the_days_of_its_appeals(
    settings: ApplicationsSettings, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    own_days = {"appeal_filing": 14, "appeal_decision": 30, "hearing_notice": 15}
    rules = json.loads(settings.limits_file.read_text())
    event = people.build_published_event()
    for rule in rules["limits"]:
        if rule["name"] in own_days:
            own_limit = {"council": event.qualification.council, "source": "council's rules 7"}
            rule["councils"] = [{**own_limit, "days": own_days[rule["name"]]}]
    file = tmp_path / "limits.json"
    file.write_text(json.dumps(rules))
    own_settings = settings.model_copy(update={"limits_file": file})
    record = people.build_record(event, clock.now())
    await people.deliver_record(database, own_settings, clock, record)
    async with serving(create(own_settings, clock)) as client:
        application_id = await people.refuse_certification(client)
        clock.advance(days=20)
        path = f"/v1/applications/{application_id}/appeals"
        late = await client.post(path, json=build_complaint(filed_on="2026-03-17"))
        assert assert_problem(late, 422, "appeal.too_late")["last_day"] == "2026-03-16"
        answer = await client.post(path, json=build_complaint(filed_on="2026-03-16"))
        appeal = answer.headers["Location"]
        registration = {"registration_number": "А-1", "registered_on": "2026-03-22"}
        await run_appeal_step(client, appeal, "register", **registration)
        hearing = {"place": "Зал 1", "notified_on": "2026-03-22"}
        early = {**hearing, "starts_at": "2026-04-05T10:00:00+03:00"}
        refusal = await client.post(f"{appeal}/set-hearing", json=early)
        assert_problem(refusal, 422, "appeal.short_notice", "/starts_at")
        await run_appeal_step(
            client, appeal, "set-hearing", **{**hearing, "starts_at": "2026-04-06T10:00:00+03:00"}
        )
        limits = _by_name((await client.get(f"/v1/applications/{application_id}")).json())
    decision_limit = limits["appeal_decision"]
    assert (decision_limit["due_on"], decision_limit["source"]) == (
        "2026-04-21",
        "council's rules 7",
    )


async def test_the_registry_is_told_of_an_appeal_within_its_days(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    application_id = await people.refuse_certification(client)
    path = await hear_appeal(client, clock, application_id)
    too_early = await client.post(f"{path}/report", json={"completed_on": "2026-03-13"})
    assert too_early.status_code == 409, "there is no decision yet"
    votes = build_panel(False, False, False, True, True)
    refusal = build_verdict(outcome="refused", remedy=None, members=votes)
    await run_appeal_step(client, path, "decide", **refusal)
    limits = _by_name((await client.get(f"/v1/applications/{application_id}")).json())
    assert (limits["appeal_report"]["due_on"], limits["appeal_report"]["responsible"]) == (
        "2026-03-23",
        "council",
    )
    registry = tokens.bearer(Scope.FEED)
    entry = {"completed_on": "2026-03-20"}
    unreported = await client.post(f"{path}/record-registry-entry", json=entry, headers=registry)
    assert_problem(unreported, 422, "appeal.not_reported")
    clock.advance(days=7)
    for day in ("2026-03-12", "2026-03-21"):
        wrong = await client.post(f"{path}/report", json={"completed_on": day})
        assert_problem(wrong, 422, "procedure.day", "/completed_on")
    appeal = await run_appeal_step(client, path, "report", completed_on="2026-03-16")
    assert (appeal["status"], appeal["reported_on"]) == ("decided", "2026-03-16")
    again = await client.post(f"{path}/report", json={"completed_on": "2026-03-16"})
    assert_problem(again, 409, "appeal.reported")
    await run_appeal_step(client, path, "send-decision", completed_on="2026-03-16")
    limits = _by_name((await client.get(f"/v1/applications/{application_id}")).json())
    assert limits["appeal_report"]["state"] == "met"
    assert limits["appeal_registry_entry"]["due_on"] == "2026-04-06", "5 April is a Sunday"
    answer = await client.post(f"{path}/record-registry-entry", json=entry, headers=registry)
    assert answer.json()["registry_entered_on"] == "2026-03-20", answer.text
    again = await client.post(f"{path}/record-registry-entry", json=entry, headers=registry)
    assert_problem(again, 409, "appeal.entered")
    limits = _by_name((await client.get(f"/v1/applications/{application_id}")).json())
    assert limits["appeal_registry_entry"]["state"] == "met"


def _by_name(application: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {limit["name"]: limit for limit in application["limits"]}
