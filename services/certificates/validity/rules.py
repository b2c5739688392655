"""The notices that a certificate's validity calls for, and their days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class NoticeKind(StrEnum):
    """Whether renewal is due or the certificate has expired."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that a certificate's validity calls for; the threshold is 0 when it has ended."""

    kind: NoticeKind
    threshold_days: int


def due_notices(valid_until: date, today: date, thresholds: Sequence[int]) -> list[Notice]:
    """Every notice whose day has come, the earliest first."""
    return [notice for day, notice in _notices_by_day(valid_until, thresholds) if day <= today]


def next_notice_on(
    valid_until: date, thresholds: Sequence[int], recorded_notices: Collection[Notice]
) -> date | None:
    """The civil date of the first notice that is not recorded; None after the last one."""
    days = (
        day
        for day, notice in _notices_by_day(valid_until, thresholds)
        if notice not in recorded_notices
    )
    return next(days, None)


def _notices_by_day(valid_until: date, thresholds: Sequence[int]) -> list[tuple[date, Notice]]:
    """All notices of a certificate with their civil dates, the earliest first."""
    renewal_notices = [
        (valid_until - timedelta(days=days), Notice(NoticeKind.RENEWAL_DUE, days))
        for days in sorted(set(thresholds), reverse=True)
    ]
    return [*renewal_notices, (valid_until + timedelta(days=1), Notice(NoticeKind.EXPIRED, 0))]
