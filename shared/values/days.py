"""Days as people write them, and the days and instants that can be meant at all."""

import re
from contextlib import suppress
from datetime import date, datetime

from pydantic_core import PydanticCustomError

from shared.locale.catalogues import read_languages
from shared.values.pasted import clean_line

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""No day that anybody has to do with here is earlier or later: another year is a slip."""

_SEPARATOR = r"(?:\s*[./–-]\s*|\s+)"
_YEAR_SUFFIX = r"(?:\s*(?:г\.?|года))?"
_DAY_FORMS = [
    re.compile(form + _YEAR_SUFFIX, re.ASCII)
    for form in (
        rf"(?P<day>\d{{1,2}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<day>\d{{1,2}})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[^\d\s.,]+)\.?,? (?P<year>\d{4})",
        r"(?P<month>[^\d\s.,]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    )
]


def find_day(text: str) -> date | None:
    """The day that the text means, as people of any of the languages write days.

    None where it is no day of the calendar.
    """
    plain_text = clean_line(text).casefold()
    for form in _DAY_FORMS:
        match = form.fullmatch(plain_text)
        month = match and _find_month(match["month"])
        if match and month:
            with suppress(ValueError):
                return date(int(match["year"]), month, int(match["day"]))
    return None


def parse_day(text: str) -> date:
    """The day of a text in ISO 8601. Raises `ValueError`, also for a day that nobody can mean."""
    return check_day_bounds(date.fromisoformat(text))


def check_day_bounds(day: date) -> date:
    """The day itself. Raises `PydanticCustomError` before `FIRST_DAY` and after `LAST_DAY`."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PydanticCustomError(
            "day.bounds",
            "the day must lie from {earliest} to {latest}: check the year",
            {"earliest": FIRST_DAY, "latest": LAST_DAY},
        )
    return day


def check_instant_bounds(instant: datetime) -> datetime:
    """The instant itself, of a day as it was written. Raises as `check_day_bounds`."""
    check_day_bounds(instant.date())
    return instant


def _find_month(text: str) -> int | None:
    """The month, from 1, of a number or of a name in any of the languages."""
    if re.fullmatch(r"[0-9]{1,2}", text):
        return int(text)
    months = (translator.find_month(text) for translator in read_languages().values())
    return next(filter(None, months), None)
