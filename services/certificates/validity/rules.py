"""Which notices a certificate's validity calls for, and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice says."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that a certificate's validity calls for; the threshold is 0 when it has ended."""

    kind: NoticeKind
    threshold_days: int


def notices_due(valid_until: date, today: date, thresholds: Sequence[int]) -> list[Notice]:
    """Every notice whose day has come, the earliest first."""
    return [notice for day, notice in _calendar(valid_until, thresholds) if day <= today]


def next_notice_on(
    valid_until: date, thresholds: Sequence[int], given: Collection[Notice]
) -> date | None:
    """The civil date of the first notice that has not been given; None after the last."""
    days = (day for day, notice in _calendar(valid_until, thresholds) if notice not in given)
    return next(days, None)


def _calendar(valid_until: date, thresholds: Sequence[int]) -> list[tuple[date, Notice]]:
    renewals = [
        (valid_until - timedelta(days=days), Notice(NoticeKind.RENEWAL_DUE, days))
        for days in sorted(set(thresholds), reverse=True)
    ]
    return [*renewals, (valid_until + timedelta(days=1), Notice(NoticeKind.EXPIRED, 0))]
