"""How a certificate is numbered, how long it is valid, when notices about it are due. No I/O."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What verification answers."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"


class NoticeKind(StrEnum):
    """What a notice says."""

    RENEWAL_DUE = "renewal_due"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that a certificate's validity calls for; the threshold is 0 when it has ended."""

    kind: NoticeKind
    threshold_days: int


def verdict(valid_until: date, today: date) -> Verdict:
    """Whether a certificate is valid on the civil date `today`.

    It is valid through `valid_until`. Order 725n prints "действительно до" and leaves open whether
    that day counts; it is counted, in the holder's favour.
    """
    return Verdict.VALID if today <= valid_until else Verdict.EXPIRED


def number(pattern: str, code: str, serial: int, valid_until: date) -> str:
    """A certificate's number, e.g. `08.00800.01.00000003.27`.

    The form is inferred from published certificates: the qualification's code, an eight-digit
    serial, two digits of the year of expiry. Order 725n, item 5, lets the registry assign numbers.
    """
    return pattern.format(code=code, serial=serial, expiry_year=valid_until.year % 100)


def qualification_code(registry_number: str | None, standard: str | None, unnumbered: str) -> str:
    """The registry's number of the qualification, or one that the registry never gives.

    Registry numbers end in an ordinal from 01; `unnumbered` gives ordinal 00 after the code of the
    occupational standard (`07.010` becomes `07.01000.00`), or zeros where there is no standard.
    """
    if registry_number is not None:
        return registry_number
    area, _, ordinal = (standard or "00.000").partition(".")
    return unnumbered.format(area=area, standard=ordinal)


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
