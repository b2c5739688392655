"""On which days windows may end. Values in, values out."""

from dataclasses import dataclass
from datetime import date, timedelta

_WORKING_DAYS_A_WEEK = 5


@dataclass(frozen=True, slots=True)
class SlotRange:
    """Between how many days before a certificate's end its window ends, and how long it is."""

    earliest_days: int
    latest_days: int
    window_days: int

    def list_slots(self, ends_on: date, today: date) -> list[date]:
        """The slots of certificates that end on a day, the earliest first.

        None in which a window has begun before tomorrow, so there may be none at all.
        """
        first_day = max(
            ends_on - timedelta(days=self.earliest_days), today + timedelta(days=self.window_days)
        )
        return list_working_days(first_day, ends_on - timedelta(days=self.latest_days))


def list_working_days(first_day: date, last_day: date) -> list[date]:
    """Mondays to Fridays from the first day to the last, inclusive.

    Holidays count as well: slots lie half a year ahead, and the decree that moves days off is
    published in the autumn before.
    """
    days = (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
    return [day for day in days if day.isoweekday() <= _WORKING_DAYS_A_WEEK]


def count_working_days(weeks: int) -> int:
    """The working days in so many weeks."""
    return weeks * _WORKING_DAYS_A_WEEK
