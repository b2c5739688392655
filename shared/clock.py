"""The clock and civil dates; nothing else in the code asks the machine what time it is."""

import re
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import isodate
from pydantic_core import PydanticCustomError


class Clock(Protocol):
    """Where a process gets the present instant; tests inject their own."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, used outside tests."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


def civil_date(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar date that people in `zone` write at `instant` (which must be aware)."""
    return instant.astimezone(zone).date()


def add_period(day: date, period: str) -> date:
    """The day that lies an ISO 8601 period such as `P3Y` after `day`.

    Years and months keep the day of the month; where the month has no such day it is the month's
    last (29 February 2024 + P1Y = 28 February 2025), so that a term never ends in a later month
    than the law's count of years says. Raises `ValueError` for any other text.
    """
    end_day: date = day + _parse_period(period)
    return end_day


def shift_years(day: date, years: int) -> date:
    """The same day of the calendar so many years later, or earlier; 28 February for a 29th.

    Raises `ValueError` beyond the calendar.
    """
    shifted_day: date = day + isodate.Duration(years=years)
    return shifted_day


def check_period(period: str) -> str:
    """The period itself. Raises `ValueError` unless it is a positive ISO 8601 period."""
    duration = _parse_period(period)
    if date(2000, 1, 1) + duration <= date(2000, 1, 1):
        raise PydanticCustomError("period.format", "a period must be longer than nothing")
    return period


_PERIOD = re.compile(r"P(?=\d)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?")


def _parse_period(period: str) -> Any:
    if not _PERIOD.fullmatch(period):
        raise PydanticCustomError(
            "period.format",
            "must be an ISO 8601 period of years, months, weeks or days, such as P3Y",
        )
    return isodate.parse_duration(period)
