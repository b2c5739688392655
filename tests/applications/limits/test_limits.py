"""Limits of law: data with sources, told once, at the right local midnight, the whole year."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import ValidationError

from services.applications.application import queries
from services.applications.limits.operations import record_procedure_event
from services.applications.limits.rules import (
    LimitState,
    ProcedureEvent,
    TimeLimitRule,
    TimeLimitRules,
    state_on,
)
from services.applications.main import create
from services.applications.scheduler import report_limits
from services.applications.settings import ApplicationsSettings
from shared.context import command_context
from shared.db import Database
from shared.principal import Scope
from shared.working_days import WorkCalendar
from tests import tokens
from tests.applications import people
from tests.applications.people import do
from tests.clock import ManualClock
from tests.problems import assert_problem
from tests.serving import serving


def named(shown: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for limit in shown["limits"]:
        found[limit["name"]] = (limit["due_on"], limit["state"], limit["days_left"])
    return found


def test_every_limit_names_its_source(settings: ApplicationsSettings) -> None:
    known = {limit.name: limit for limit in settings.time_limit_rules.limits}
    assert {name: limit.days for name, limit in known.items()} == {
        "review": 10,
        "to_council": 7,
        "decision": 14,
        "registry_entry": 7,
        "hand_over": 30,
        "appeal_registration": 7,
        "appeal_decision": 60,
        "appeal_notice": 5,
        "appeal_execution": 45,
        "erasure": 30,
    }
    assert all(any(sign.isdigit() for sign in limit.source) for limit in known.values())


@pytest.mark.parametrize(
    ("days", "counted_in", "begun_on", "due_on"),
    [
        (10, "calendar_days", "2026-03-02", "2026-03-12"),
        (7, "calendar_days", "2024-02-26", "2024-03-04"),  # over 29 February
        (7, "calendar_days", "2026-02-26", "2026-03-05"),
        (30, "calendar_days", "2026-12-15", "2027-01-14"),
        (7, "working_days", "2026-03-02", "2026-03-12"),  # over a weekend and a holiday
        (7, "working_days", "2026-04-28", "2026-05-08"),  # over days moved to a bridge
        (1, "working_days", "2026-03-06", "2026-03-10"),  # Friday, a holiday on Monday
        (0, "calendar_days", "2026-03-02", "2026-03-02"),
    ],
)
def test_the_last_day_is_counted_as_the_law_says(
    days: int, counted_in: Literal["calendar_days", "working_days"], begun_on: str, due_on: str
) -> None:
    limit = TimeLimitRule(
        name="any",
        days=days,
        counted_in=counted_in,
        warn_days=0,
        start_event=ProcedureEvent.SUBMITTED,
        end_event=ProcedureEvent.REVIEWED,
        responsible="centre",
        source="act 1",
    )
    calendar = WorkCalendar(days_off={date(2026, 3, 9)})
    assert limit.due_on(date.fromisoformat(begun_on), calendar) == date.fromisoformat(due_on)


def test_how_a_limit_stands() -> None:
    at_risk, due = date(2026, 3, 9), date(2026, 3, 12)

    def stands(today: date, ended: date | None = None, *, cancelled: bool = False) -> LimitState:
        return state_on(at_risk, due, today, ended, cancelled=cancelled)

    assert stands(date(2026, 3, 8)) is LimitState.RUNNING
    assert stands(date(2026, 3, 9)) is LimitState.AT_RISK
    assert stands(date(2026, 3, 12)) is LimitState.AT_RISK
    assert stands(date(2026, 3, 13)) is LimitState.LATE
    assert stands(date(2027, 1, 1), due) is LimitState.MET
    assert stands(date(2027, 1, 1), date(2026, 3, 13)) is LimitState.MISSED
    assert stands(date(2027, 1, 1), cancelled=True) is LimitState.CANCELLED


def test_a_file_of_limits_that_contradicts_itself_is_refused() -> None:
    one = {
        "name": "review",
        "days": 10,
        "warn_days": 11,
        "start_event": "submitted",
        "end_event": "reviewed",
        "responsible": "centre",
        "source": "act 1",
    }
    with pytest.raises(ValidationError, match="before it begins"):
        TimeLimitRule.model_validate(one)
    one["warn_days"] = 3
    with pytest.raises(ValidationError, match="stand once"):
        TimeLimitRules.model_validate({"limits": [one, one]})
    with pytest.raises(ValidationError, match="end_event"):
        TimeLimitRules.model_validate({"limits": [{**one, "end_event": "forgotten"}]})


def test_settings_correct_the_calendar(settings: ApplicationsSettings) -> None:
    assert settings.work_calendar == WorkCalendar()
    moved = settings.model_copy(
        update={
            "days_off": frozenset({date(2026, 5, 8)}),
            "working_days": frozenset({date(2026, 5, 11)}),
        }
    )
    (limit,) = (
        rule for rule in moved.time_limit_rules.limits if rule.name == "appeal_registration"
    )
    assert limit.due_on(date(2026, 4, 28), moved.work_calendar) == date(2026, 5, 11)


async def test_limits_run_with_the_procedure(
    client: httpx.AsyncClient, clock: ManualClock, settings: ApplicationsSettings
) -> None:
    application_id = await people.submitted(client)
    path = f"/v1/applications/{application_id}"
    assert named((await client.get(path)).json()) == {"review": ("2026-03-12", "running", 10)}
    clock.advance(days=8)
    assert named((await client.get(path)).json())["review"][1:] == ("at_risk", 2)
    clock.advance(days=3)
    assert named((await client.get(path)).json())["review"][1:] == ("late", -1)
    await people.done(client, application_id, "withdrawal", "withdrawn")
    assert named((await client.get(path)).json())["review"][1:] == ("cancelled", None)


async def test_paper_counts_from_its_receipt_and_a_return_begins_anew(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    future = await client.post("/v1/applications", json=people.form(received_on="2026-03-03"))
    assert_problem(future, 422, "application.received_on", "/received_on")
    made = await client.post("/v1/applications", json=people.form(received_on="2026-02-25"))
    application_id = made.json()["id"]
    assert made.json()["limits"][0]["due_on"] == "2026-03-07"
    await people.done(client, application_id, "review-start", "under_review", reviewer="И.")
    await people.done(client, application_id, "review", "returned", **people.RETURN)
    clock.advance(days=20)
    shown = await people.done(client, application_id, "resubmission", "submitted")
    assert [(one["due_on"], one["state"]) for one in shown["limits"]] == [
        ("2026-03-07", "met"),
        ("2026-04-01", "running"),
    ]


async def test_the_council_the_registry_and_the_centre_have_their_days(
    client: httpx.AsyncClient, settings: ApplicationsSettings
) -> None:
    application_id = await people.examined(client)
    path = f"/v1/applications/{application_id}"
    running = {
        name: told[0]
        for name, told in named((await client.get(path)).json()).items()
        if told[2] is not None
    }
    assert running == {
        "to_council": "2026-03-09",
        "decision": "2026-03-16",
        "hand_over": "2026-04-01",
    }
    await people.done(client, application_id, "dispatch", "with_council", sent_on="2026-03-02")
    early = {"record_number": "1", "entered_on": "2026-03-02"}
    assert_problem(
        await do(client, application_id, "registry-entry", **early), 422, "registry.nothing"
    )
    await people.done(
        client, application_id, "decision", "not_confirmed", **people.decision(outcome="refuse")
    )
    entered = {"record_number": "R-1", "entered_on": "2026-03-02"}
    shown = await people.done(client, application_id, "registry-entry", "not_confirmed", **entered)
    again = await people.done(client, application_id, "registry-entry", "not_confirmed", **entered)
    assert again == shown
    other = {"record_number": "R-2", "entered_on": "2026-03-02"}
    assert_problem(
        await do(client, application_id, "registry-entry", **other), 409, "registry.second"
    )
    assert named(shown)["registry_entry"] == ("2026-03-09", "met", None)
    handed = {"handed_over_on": "2026-03-02", "handover_method": "in_person"}
    closed = await people.done(client, application_id, "delivery", "closed", **handed)
    assert {one["state"] for one in closed["limits"]} == {"met"}


async def test_lists_counts_and_metrics_of_what_is_at_risk_and_late(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first = await people.submitted(client)
    clock.advance(days=4)
    second = await people.submitted(client)
    await people.submitted(client)
    clock.advance(days=7)
    listed = (await client.get("/v1/limits")).json()["items"]
    assert {(one["application_id"], one["state"], one["days_left"]) for one in listed} >= {
        (first, "late", -1),
        (second, "at_risk", 3),
    }
    page = (await client.get("/v1/limits", params={"limit": 1})).json()
    assert page["items"][0]["application_id"] == first
    rest = (await client.get("/v1/limits", params={"cursor": page["next"]})).json()["items"]
    assert [page["items"][0], *rest] == listed
    late = (await client.get("/v1/limits", params={"state": "late"})).json()["items"]
    assert [one["application_id"] for one in late] == [first]
    operations = tokens.bearer(Scope.OPERATE, centre="1")
    assert (await client.get("/v1/limits", headers=operations)).json()["items"] == listed
    centre = tokens.bearer(Scope.PROCESS, centre="another")
    assert (await client.get("/v1/limits", headers=centre)).json()["items"] == []
    counted = (await client.get("/v1/limits/counts")).json()
    assert {(one["limit"], one["state"]): one["number"] for one in counted} == {
        ("review", "at_risk"): 2,
        ("review", "late"): 1,
    }
    metrics = (await client.get("/metrics")).text
    line = 'attesta_time_limits{centre="78.041",limit="review",state="at_risk"} 2.0'
    assert line in metrics.splitlines()
    rules = (await client.get("/v1/limits/rules")).json()
    assert {one["name"] for one in rules} >= {"review", "hand_over"}


STARTS = (ProcedureEvent.SUBMITTED, ProcedureEvent.EXAMINED, ProcedureEvent.DECIDED)
ZONES = [
    "Europe/Berlin",  # clocks change in the night
    "Europe/Moscow",  # they never do
    "America/Santiago",  # the midnight of a spring day does not exist
]


@pytest.mark.parametrize("zone", ZONES)
async def test_a_years_calendar_tells_every_limit_once_at_local_midnight(
    settings: ApplicationsSettings, database: Database, clock: ManualClock, zone: str
) -> None:
    """A limit of every kind begins each day of a leap year; every midnight tells just its own."""
    place = ZoneInfo(zone)
    here = settings.model_copy(update={"time_zone": place})
    clock.instant = datetime(2027, 12, 20, 12, tzinfo=UTC)
    await people.deliver(database, here, clock, people.record(people.published(), clock.now()))
    async with serving(create(here, clock)) as client:
        application_id = await people.submitted(client)
    first = date(2028, 1, 1)
    expected: dict[date, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    async with database.transaction() as session:
        application = await queries.get_application(session, UUID(application_id))
        await people.run(session, "DELETE FROM time_limit")
        for number in range(366):
            begun = first + timedelta(days=number)
            event = STARTS[number % 3]
            for limit in here.time_limit_rules.rules_started_by(event):
                due = begun + timedelta(days=limit.days)
                told = (limit.name, begun.isoformat())
                expected[due - timedelta(days=limit.warn_days)]["limit_at_risk", *told] += 1
                expected[due + timedelta(days=1)]["limit_broken", *told] += 1
            context = command_context(session, clock.now(), here, "clerk")
            await record_procedure_event(context, application, event, begun)
        # Nothing of it was done in time.
        await people.run(
            session, "UPDATE time_limit SET ended_on = NULL, next_report_on = at_risk_on"
        )
    seen = 0
    for number in range(420):
        day = first + timedelta(days=number)
        midnight = datetime.combine(day, time(0), place).astimezone(UTC)
        assert midnight.astimezone(place).date() == day
        clock.instant = midnight - timedelta(seconds=1)
        assert await report_limits(database, clock, here) == 0, f"early on {day}"
        clock.instant = midnight
        await report_limits(database, clock, here)
        rows = await people.rows(
            database,
            "SELECT id, headers, payload FROM outbox WHERE id > :seen ORDER BY id",
            seen=seen,
        )
        told_today = Counter(_told(row.headers, row.payload) for row in rows)
        assert told_today == expected.pop(day, Counter()), day
        seen = rows[-1].id if rows else seen
    assert expected == {}
    ((count,),) = await people.rows(database, "SELECT count(*) FROM outbox")
    assert count == 2 * (122 + 3 * 122 + 122)


def _told(headers: Mapping[str, str], payload: bytes) -> tuple[str, str, str]:
    said = json.loads(payload)
    return headers["ce_type"].split(".")[2], said["limit"], said["begun_on"]


async def test_a_scan_that_was_away_tells_everything_once_and_in_order(
    client: httpx.AsyncClient,
    database: Database,
    clock: ManualClock,
    settings: ApplicationsSettings,
) -> None:
    await people.submitted(client)
    clock.advance(days=40)
    assert await report_limits(database, clock, settings) == 1
    assert await report_limits(database, clock, settings) == 0
    rows = await people.rows(database, "SELECT headers, payload FROM outbox ORDER BY id")
    assert [row.headers["ce_type"].split(".")[2] for row in rows] == [
        "limit_at_risk",
        "limit_broken",
    ]
    assert {json.loads(row.payload)["noticed_on"] for row in rows} == {"2026-04-11"}


async def test_other_limits_are_a_matter_of_settings(
    settings: ApplicationsSettings, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "limits.json"
    whole = json.loads(settings.limits_file.read_text())
    whole["limits"][0]["days"] = 5
    file.write_text(json.dumps(whole))
    other = settings.model_copy(update={"limits_file": file})
    await people.deliver(database, other, clock, people.record(people.published(), clock.now()))
    async with serving(create(other, clock)) as client:
        made = await client.post("/v1/applications", json=people.form())
    assert made.json()["limits"][0]["due_on"] == "2026-03-07"
