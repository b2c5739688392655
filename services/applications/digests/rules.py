"""Which offices get digests, and on which days."""

from datetime import date, timedelta
from enum import StrEnum

_MONDAY = 0
_WEEK_DAYS = 7


class OfficeKind(StrEnum):
    """The offices that get digests: a centre daily, a council weekly."""

    CENTRE = "centre"
    COUNCIL = "council"


def next_digest_day(kind: OfficeKind, today: date) -> date:
    """The civil day after today on which the office's next digest is due: a council's, a Monday."""
    if kind is OfficeKind.CENTRE:
        return today + timedelta(days=1)
    return today + timedelta(days=_WEEK_DAYS - (today.weekday() - _MONDAY))
