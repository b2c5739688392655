"""How a certificate stands on a day, by the changes known at an instant: two time axes.

A change has a civil date of effect and an instant of recording. So the verdict on a past day
can be asked in two ways: by what was known then, and by what is known now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """The verdicts of verification."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"
    NOT_FOUND = "not_found"


VALID_VERDICTS = frozenset({Verdict.VALID, Verdict.EXPIRING})
"""The certificate proves the qualification."""


class ChangeKind(StrEnum):
    """What happened to a certificate after its issue.

    Suspension and withdrawal are ISO/IEC 17024's (9.5); the national acts do not know them.
    """

    EXTENDED = "extended"
    SUPERSEDED = "superseded"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """A change: when it takes effect, when it was recorded, its new end or its successor."""

    kind: ChangeKind
    effective_on: date
    recorded_at: datetime
    valid_until: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stands on a day.

    `ends_on` is its end by the changes in effect, `recheck_on` the first day on which the
    verdict may be another.
    """

    verdict: Verdict
    ends_on: date
    successor: str | None = None
    recheck_on: date | None = None


def standing_on(
    issued_on: date,
    valid_until: date,
    changes: Sequence[Change],
    day: date,
    known_at: datetime,
    expiring_days: int,
) -> Standing:
    """The verdict on the civil date `day`, by the changes that were recorded until `known_at`.

    A certificate is valid through its last day. Order 725n prints "действительно до" and leaves
    open whether that day counts; it is counted, in the holder's favour. Before its issue it is not
    there. An annulment is in effect from the issue: what was issued in error never was valid.
    """
    known_changes = [change for change in changes if change.recorded_at <= known_at]
    known_changes.sort(key=lambda change: (change.effective_on, change.recorded_at))
    effective_changes = [change for change in known_changes if change.effective_on <= day]
    ends_on = next(
        (
            extension.valid_until
            for extension in reversed(effective_changes)
            if extension.valid_until is not None
        ),
        valid_until,
    )
    change_by_kind = {change.kind: change for change in effective_changes}
    later_days = [change.effective_on for change in known_changes if change.effective_on > day]
    if day < issued_on:
        return Standing(Verdict.NOT_FOUND, ends_on, recheck_on=issued_on)
    for kind, verdict in FINAL_VERDICTS.items():
        if kind in change_by_kind:
            return Standing(verdict, ends_on, change_by_kind[kind].successor)
    if day > ends_on:
        return Standing(Verdict.EXPIRED, ends_on, recheck_on=min(later_days, default=None))
    expiring_from = ends_on - timedelta(days=expiring_days)
    recheck_on = min(
        [*later_days, expiring_from if day < expiring_from else ends_on + timedelta(days=1)]
    )
    last_pause = next(
        (change.kind for change in reversed(effective_changes) if change.kind in _PAUSING_KINDS),
        None,
    )
    verdict = Verdict.EXPIRING if day >= expiring_from else Verdict.VALID
    if last_pause is ChangeKind.SUSPENDED:
        verdict = Verdict.SUSPENDED
    return Standing(verdict, ends_on, recheck_on=recheck_on)


FINAL_VERDICTS = {
    ChangeKind.ANNULLED: Verdict.ANNULLED,
    ChangeKind.WITHDRAWN: Verdict.WITHDRAWN,
    ChangeKind.SUPERSEDED: Verdict.SUPERSEDED,
}
"""What nothing mends, the weightiest first."""
_PAUSING_KINDS = (ChangeKind.SUSPENDED, ChangeKind.REINSTATED)


EXPLANATIONS = {
    Verdict.VALID: "The certificate is valid through {valid_until}.",
    Verdict.EXPIRING: "The certificate is valid through {valid_until}, which is soon.",
    Verdict.EXPIRED: "The certificate was valid through {valid_until}; it has expired.",
    Verdict.SUPERSEDED: "A newer certificate has taken its place: {successor}.",
    Verdict.SUSPENDED: "The certificate is suspended.",
    Verdict.WITHDRAWN: "The certificate was withdrawn.",
    Verdict.ANNULLED: "The certificate was issued in error and annulled: it never was valid.",
    Verdict.NOT_FOUND: "No certificate has this number and date of issue. Compare both with the "
    "document.",
}
