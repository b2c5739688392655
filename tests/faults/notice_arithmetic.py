"""Which notices a ledger must have, by arithmetic on days that shares no code with the service."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

THRESHOLDS = (180, 90, 30, 7, 0)

LedgerKey = tuple[str, int]
"""A certificate's number, and the threshold in days."""
LedgerFact = tuple[date, str | None]
"""The day on which the notice was due, and why it was not published."""


def list_due_days(ends_on: date) -> dict[int, date]:
    """The day of each threshold's notice; 0 is the day after the end."""
    return {days: ends_on - timedelta(days=days or -1) for days in THRESHOLDS}


def compute_ledger(
    ends: Sequence[date], planned_from: date, scan_days: Sequence[date]
) -> Mapping[LedgerKey, LedgerFact]:
    """The ledger after scans on these days alone, of certificates `load-1`, `load-2`, ...

    Each scan publishes the nearest of what has become due since the one before, and enters all.
    """
    ledger: dict[LedgerKey, LedgerFact] = {}
    for number, ends_on in enumerate(ends, 1):
        after = planned_from
        for scan_day in scan_days:
            days_due = {
                threshold: day
                for threshold, day in list_due_days(ends_on).items()
                if after < day <= scan_day
            }
            for threshold, day in days_due.items():
                reason = None if day == max(days_due.values()) else "overtaken"
                ledger[f"load-{number}", threshold] = (day, reason)
            after = scan_day
    return ledger
