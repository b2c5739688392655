"""Working days of a country: its holidays, weekends, and the days that a decree has moved.

The government moves days off and working Saturdays by a yearly decree, which comes with a release
of the library `holidays`: its data name the decree of each year. Settings may say what a release
does not know yet. A year without a decree follows the Labour Code, art. 112, alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

COUNTRY = "RU"
_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """A country's working days, corrected by `days_off` and `working_days`.

    Both are civil dates. A date that stands in both is a working day. `moves_last_days` says
    whether the last day of a limit moves from a day off to the next working day.
    """

    country: str = COUNTRY
    days_off: Collection[date] = frozenset()
    working_days: Collection[date] = frozenset()
    moves_last_days: bool = True

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this civil date."""
        if day in self.working_days:
            return True
        if day in self.days_off or not _load_country(self.country).is_working_day(day):
            return False
        return day not in _list_moved_days_off(self.country, day.year)

    def move_last_day(self, day: date) -> date:
        """The day itself, or the first working day after it (Civil Code, art. 193)."""
        while self.moves_last_days and not self.is_working_day(day):
            day += timedelta(days=1)
        return day


def add_working_days(day: date, count: int, calendar: WorkCalendar) -> date:
    """The last of `count` working days that follow `day`, which is not counted itself.

    Returns `day` for a count of 0, also when it is a day off. Raises `ValueError` below that.
    """
    if count < 0:
        raise ValueError(f"working days are counted forwards, got {count}")
    last_day, days_left = day, count
    while days_left:
        last_day += timedelta(days=1)
        days_left -= calendar.is_working_day(last_day)
    return last_day


@cache
def _list_moved_days_off(country: str, year: int) -> frozenset[date]:
    """The working days that are off for a holiday at a weekend, in a year without a decree.

    Those of 1 to 8 January move by decree only.
    """
    days = _load_country(country)
    if year in days.special_public_holidays:
        return frozenset()
    moved_days: set[date] = set()
    day = date(year, 1, 9)
    while day.year == year:
        if day in days and day.isoweekday() >= _SATURDAY:
            day_off = day
            while not days.is_working_day(day_off) or day_off in moved_days:
                day_off += timedelta(days=1)
            moved_days.add(day_off)
        day += timedelta(days=1)
    return frozenset(moved_days)


@cache
def _load_country(country: str) -> holidays.HolidayBase:
    """The country's calendar; it works out a year when one of its days is first asked for."""
    return holidays.country_holidays(country)
