"""The rules of the limits: data with sources, days counted as the law says."""

from datetime import date
from typing import Literal

import pytest
from pydantic import ValidationError

from services.applications.limits.answers import build_limit_answer
from services.applications.limits.models import TimeLimit
from services.applications.limits.rules import (
    LimitState,
    ProcedureEvent,
    TimeLimitRule,
    TimeLimitRules,
    state_on,
)
from services.applications.settings import ApplicationsSettings
from shared.locale.catalogues import read_languages
from shared.working_days import WorkCalendar


def test_every_limit_names_its_source(settings: ApplicationsSettings) -> None:
    rules = {limit.name: limit for limit in settings.time_limit_rules.limits}
    assert {name: limit.days for name, limit in rules.items()} == {
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
    assert all(any(sign.isdigit() for sign in limit.source) for limit in rules.values())
    assert all(limit.sources.keys() == read_languages().keys() for limit in rules.values())


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
    at_risk, due_on = date(2026, 3, 9), date(2026, 3, 12)

    def stands(today: date, ended_on: date | None = None, *, cancelled: bool = False) -> LimitState:
        return state_on(at_risk, due_on, today, ended_on, cancelled=cancelled)

    assert stands(date(2026, 3, 8)) is LimitState.RUNNING
    assert stands(date(2026, 3, 9)) is LimitState.AT_RISK
    assert stands(date(2026, 3, 12)) is LimitState.AT_RISK
    assert stands(date(2026, 3, 13)) is LimitState.LATE
    assert stands(date(2027, 1, 1), due_on) is LimitState.MET
    assert stands(date(2027, 1, 1), date(2026, 3, 13)) is LimitState.MISSED
    assert stands(date(2027, 1, 1), cancelled=True) is LimitState.CANCELLED


def test_a_file_of_limits_that_contradicts_itself_is_refused() -> None:
    rule = {
        "name": "review",
        "days": 10,
        "warn_days": 11,
        "start_event": "submitted",
        "end_event": "reviewed",
        "responsible": "centre",
        "source": "act 1",
    }
    with pytest.raises(ValidationError, match="before it begins"):
        TimeLimitRule.model_validate(rule)
    rule["warn_days"] = 3
    with pytest.raises(ValidationError, match="stand once"):
        TimeLimitRules.model_validate({"limits": [rule, rule]})
    with pytest.raises(ValidationError, match="end_event"):
        TimeLimitRules.model_validate({"limits": [{**rule, "end_event": "forgotten"}]})


def test_settings_correct_the_calendar(settings: ApplicationsSettings) -> None:
    corrected_settings = settings.model_copy(
        update={
            "days_off": frozenset({date(2026, 5, 8)}),
            "working_days": frozenset({date(2026, 5, 11)}),
        }
    )
    (limit,) = (
        rule
        for rule in corrected_settings.time_limit_rules.limits
        if rule.name == "appeal_registration"
    )
    assert limit.due_on(date(2026, 4, 28), corrected_settings.work_calendar) == date(2026, 5, 11)
    assert settings.work_calendar == WorkCalendar()


def test_a_reader_is_told_the_source_in_their_language_where_the_settings_say_it() -> None:
    row = TimeLimit(
        name="review",
        round=1,
        centre_number="78.041",
        next_report_on=None,
        source="Decree 1204",
        sources={"ru": "Правила № 1204"},
        begun_on=date(2026, 3, 2),
        at_risk_on=date(2026, 3, 9),
        due_on=date(2026, 3, 12),
        responsible="centre",
    )
    answer = build_limit_answer(row, date(2026, 3, 3))
    assert [answer.source_in(language) for language in ("ru", "en")] == [
        "Правила № 1204",
        "Decree 1204",
    ]
