"""The rules of the limits: data with sources, days counted as the law says."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from shared.councils import list_council_names
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
        "appeal_filing": 30,
        "hearing_notice": 10,
        "appeal_registration": 7,
        "appeal_decision": 60,
        "appeal_notice": 5,
        "appeal_execution": 45,
        "appeal_report": 10,
        "appeal_registry_entry": 20,
        "erasure": 30,
    }
    assert all(any(sign.isdigit() for sign in limit.source) for limit in rules.values())
    assert all(limit.sources.keys() == read_languages().keys() for limit in rules.values())


@pytest.mark.parametrize(
    ("days", "counted_in", "begun_on", "due_on"),
    [
        (10, "calendar_days", "2026-03-02", "2026-03-12"),
        (10, "calendar_days", "2026-04-25", "2026-05-05"),
        (7, "calendar_days", "2026-04-25", "2026-05-04"),  # 2 May is a Saturday
        (14, "calendar_days", "2026-12-18", "2027-01-11"),  # the holidays of the new year
        (7, "calendar_days", "2025-10-25", "2025-11-01"),  # a working Saturday
        (8, "calendar_days", "2025-10-25", "2025-11-05"),  # two days off after it
        (7, "calendar_days", "2024-02-26", "2024-03-04"),  # over 29 February
        (7, "calendar_days", "2026-02-26", "2026-03-05"),
        (30, "calendar_days", "2026-12-15", "2027-01-14"),
        (7, "working_days", "2026-03-02", "2026-03-12"),  # over a weekend and a holiday
        (7, "working_days", "2026-04-28", "2026-05-08"),  # over days moved to a bridge
        (1, "working_days", "2026-03-06", "2026-03-10"),  # Friday, a holiday on Monday
        (0, "calendar_days", "2026-03-02", "2026-03-02"),
        (0, "working_days", "2026-03-08", "2026-03-10"),
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
    calendar = WorkCalendar()
    last_day = limit.last_day(date.fromisoformat(begun_on), calendar)
    assert last_day.due_on == date.fromisoformat(due_on)


def test_a_last_day_moves_only_where_the_settings_and_the_rule_say_so() -> None:
    saturday, monday = date(2026, 3, 14), date(2026, 3, 16)
    rule = _build_rule(days=12)
    assert rule.last_day(date(2026, 3, 2), WorkCalendar()) == (saturday, monday)
    assert rule.last_day(date(2026, 3, 2), WorkCalendar(moves_last_days=False)).due_on == saturday
    kept_rule = _build_rule(days=12, moves=False)
    assert kept_rule.last_day(date(2026, 3, 2), WorkCalendar()).due_on == saturday


@given(
    begun_on=st.dates(date(2019, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 120),
    counted_in=st.sampled_from(["calendar_days", "working_days"]),
)
def test_a_last_day_is_a_working_day_and_the_first_that_can_be(
    begun_on: date, days: int, counted_in: str
) -> None:
    calendar = WorkCalendar()
    last_day = _build_rule(days=days, counted_in=counted_in).last_day(begun_on, calendar)
    assert last_day.counted_until <= last_day.due_on
    assert calendar.is_working_day(last_day.due_on)
    between = (last_day.due_on - last_day.counted_until).days
    skipped_days = [last_day.counted_until + timedelta(days=offset) for offset in range(between)]
    assert not any(calendar.is_working_day(day) for day in skipped_days)


OWN_COUNCIL = "СПК в лифтовой отрасли"


def _own(**changes: object) -> dict[str, object]:
    return {"council": OWN_COUNCIL, "days": 5, "source": "council's rules 4", **changes}


@pytest.mark.parametrize(
    ("own_limit", "due_on"),
    [
        (_own(), date(2026, 3, 10)),  # 7 March is a Saturday, 9 March a day off
        (_own(days=10), date(2026, 3, 12)),
        (_own(days=7, counted_in="working_days"), date(2026, 3, 12)),
        (_own(days=10, counted_in="working_days"), date(2026, 3, 12)),  # the national one is over
    ],
)
def test_a_council_has_its_own_limit_within_the_national_one(
    own_limit: dict[str, object], due_on: date
) -> None:
    rule = _build_rule(days=10, councils=[own_limit])
    calendar = WorkCalendar()
    typed_name = " спк в  лифтовой отрасли"
    assert rule.last_day(date(2026, 3, 2), calendar, typed_name).due_on == due_on
    assert rule.length_for(OWN_COUNCIL).source == "council's rules 4"
    assert rule.last_day(date(2026, 3, 2), calendar, "another").due_on == date(2026, 3, 12)
    assert rule.length_for("another").source == "act 1"


def test_a_council_has_its_own_limit_under_all_its_names() -> None:
    old_name, new_name = list_council_names(
        "Совет по профессиональным квалификациям офисных специалистов и вспомогательных "
        "административных работников"
    )[:2]
    rule = _build_rule(days=10, councils=[_own(council=old_name)])
    for name in (old_name, new_name):
        assert rule.length_for(name).source == "council's rules 4"
    with pytest.raises(ValueError, match="each council may stand once"):
        _build_rule(days=10, councils=[_own(council=old_name), _own(council=new_name)])


@pytest.mark.parametrize(
    ("councils", "fault"),
    [
        ([_own(days=11)], "national limit is at_most 10"),
        ([_own(days=11, counted_in="working_days")], "national limit is at_most 10"),
        ([_own(), _own(council=f"  {OWN_COUNCIL.upper()}")], "each council may stand once"),
    ],
)
def test_a_council_cannot_have_more_than_the_act_gives(
    councils: list[dict[str, object]], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        _build_rule(days=10, councils=councils)


def test_a_council_cannot_give_a_shorter_notice() -> None:
    with pytest.raises(ValidationError, match="at_least"):
        _build_rule(days=10, extent="at_least", councils=[_own(days=9)])
    notice = _build_rule(days=10, extent="at_least", councils=[_own(days=14)])
    assert notice.length_for(OWN_COUNCIL).days == 14


def _build_rule(**changes: object) -> TimeLimitRule:
    body = {
        "name": "any",
        "days": 10,
        "warn_days": 0,
        "start_event": "submitted",
        "end_event": "reviewed",
        "responsible": "centre",
        "source": "act 1",
    }
    return TimeLimitRule.model_validate({**body, **changes})


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
    last_day = limit.last_day(date(2026, 4, 28), corrected_settings.work_calendar)
    assert last_day.due_on == date(2026, 5, 11)
    assert settings.work_calendar == WorkCalendar()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "the file"),
        ('{"limits": []}', "appeal_filing is missing"),
        ('{"limits": [{"name": "review", "days": -1}]}', r"limits\.0\.days"),
        ('{"limits": [{"name": "review", "start_event": "{submitted}"}]}', r"0\.start_event"),
    ],
)
def test_a_file_of_limits_that_cannot_be_followed_stops_the_start(
    settings: ApplicationsSettings, tmp_path: Path, content: str, fault: str
) -> None:
    file = tmp_path / "limits.json"
    with pytest.raises(ValidationError, match="cannot be read"):
        ApplicationsSettings(database_url=settings.database_url, limits_file=file)
    file.write_text(content)
    with pytest.raises(ValidationError, match=fault):
        ApplicationsSettings(database_url=settings.database_url, limits_file=file)


@pytest.mark.parametrize(
    ("number_format", "fault"),
    [
        ("{centre}-{number}", "there is no {number}"),
        ("{centre}-{year}", "must contain {serial}"),
        ("{serial:06q}", "may use {centre}, {serial}, {year}"),
        ("{serial.real}", "there is no {serial.real}"),
        ("{serial} {", "may use"),
        ("{0}{serial}", "there is no {0}"),
        ("{}{serial}", "there is no {}"),
    ],
)
def test_a_number_of_statements_that_cannot_be_formed_stops_the_start(
    settings: ApplicationsSettings, number_format: str, fault: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(fault)):
        ApplicationsSettings(
            database_url=settings.database_url, statement_number_format=number_format
        )


def test_a_reader_is_told_the_source_in_their_language_where_the_settings_say_it() -> None:
    row = TimeLimit(
        name="review",
        round=1,
        centre_number="78.041",
        next_report_on=None,
        source="Decree 1204",
        sources={"ru": "Правила № 1204"},
        begun_on=date(2026, 3, 2),
        counted_until=date(2026, 3, 12),
        at_risk_on=date(2026, 3, 9),
        due_on=date(2026, 3, 12),
        responsible="centre",
    )
    answer = build_limit_answer(row, date(2026, 3, 3))
    assert [answer.source_in(language) for language in ("ru", "en")] == [
        "Правила № 1204",
        "Decree 1204",
    ]
