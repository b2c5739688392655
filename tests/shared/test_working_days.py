"""Working days: the decree's transfers, working Saturdays, the settings' corrections."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.working_days import WorkCalendar, add_working_days

RUSSIA = WorkCalendar()
DAYS = st.dates(min_value=date(2018, 1, 1), max_value=date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "is_working_day"),
    [
        (date(2024, 4, 27), True),  # working Saturdays by decree
        (date(2025, 11, 1), True),
        (date(2026, 1, 9), False),  # days off moved by decree
        (date(2026, 5, 11), False),
        (date(2026, 12, 31), False),
        (date(2026, 3, 9), False),  # Women's Day fell on a Sunday
        (date(2026, 5, 1), False),
        (date(2026, 5, 4), True),
        (date(2026, 5, 2), False),  # an ordinary Saturday
        (date(2027, 2, 20), True),
        (date(2028, 11, 6), False),  # no decree yet: 4 November is a Saturday
        (date(2029, 11, 5), False),
        (date(2030, 2, 25), False),
        (date(2030, 2, 26), True),
    ],
)
def test_a_decree_moves_days_off_and_working_saturdays(day: date, is_working_day: bool) -> None:
    assert RUSSIA.is_working_day(day) is is_working_day


@pytest.mark.parametrize(
    ("day", "count", "last_day"),
    [
        (date(2026, 4, 28), 7, date(2026, 5, 8)),
        (date(2024, 4, 26), 1, date(2024, 4, 27)),
        (date(2025, 10, 31), 1, date(2025, 11, 1)),
        (date(2025, 12, 30), 1, date(2026, 1, 12)),
        (date(2026, 3, 6), 1, date(2026, 3, 10)),
        (date(2026, 5, 9), 0, date(2026, 5, 9)),
    ],
)
def test_a_period_of_working_days_ends_on_its_last_one(
    day: date, count: int, last_day: date
) -> None:
    assert add_working_days(day, count, RUSSIA) == last_day


def test_settings_add_days_off_and_working_days() -> None:
    calendar = WorkCalendar(
        days_off=frozenset({date(2026, 4, 29), date(2026, 4, 30)}),
        working_days=frozenset({date(2026, 5, 2), date(2026, 4, 30)}),
    )
    assert not calendar.is_working_day(date(2026, 4, 29))
    assert calendar.is_working_day(date(2026, 5, 2))
    assert calendar.is_working_day(date(2026, 4, 30)), "a day in both lists is a working day"
    assert add_working_days(date(2026, 4, 28), 2, calendar) == date(2026, 5, 2)


@given(day=DAYS, count=st.integers(min_value=0, max_value=60))
def test_a_period_holds_exactly_its_working_days(day: date, count: int) -> None:
    last_day = add_working_days(day, count, RUSSIA)
    days = [day + timedelta(days=offset) for offset in range(1, (last_day - day).days + 1)]
    assert sum(RUSSIA.is_working_day(each_day) for each_day in days) == count
    assert not days or RUSSIA.is_working_day(days[-1])


@given(day=DAYS, first=st.integers(0, 30), second=st.integers(0, 30))
def test_periods_add_up(day: date, first: int, second: int) -> None:
    end_of_first = add_working_days(day, first, RUSSIA)
    assert add_working_days(end_of_first, second, RUSSIA) == add_working_days(
        day, first + second, RUSSIA
    )


def test_working_days_are_counted_forwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(date(2026, 4, 28), -1, RUSSIA)
