"""How a certificate stands on a day, by what was known at an instant: two time axes.

A change has a civil date of effect and an instant of recording. What a certificate was worth on a
day is asked twice: as it was known then, and as it is known now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What verification answers."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"
    NOT_FOUND = "not_found"


GOOD = frozenset({Verdict.VALID, Verdict.EXPIRING})
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
    """A change: when it takes effect, when it was recorded, and what it brings."""

    kind: ChangeKind
    effective_on: date
    recorded_at: datetime
    valid_until: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stands. `changes_on` is the day from which the answer may be another."""

    verdict: Verdict
    valid_until: date
    successor: str | None = None
    changes_on: date | None = None


def standing(
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
    known = [change for change in changes if change.recorded_at <= known_at]
    known.sort(key=lambda change: (change.effective_on, change.recorded_at))
    past = [change for change in known if change.effective_on <= day]
    ends = next((c.valid_until for c in reversed(past) if c.valid_until is not None), valid_until)
    kinds = {change.kind: change for change in past}
    following = [change.effective_on for change in known if change.effective_on > day]
    if day < issued_on:
        return Standing(Verdict.NOT_FOUND, ends, changes_on=issued_on)
    for kind, verdict in FINAL.items():
        if kind in kinds:
            return Standing(verdict, ends, kinds[kind].successor)
    if day > ends:
        return Standing(Verdict.EXPIRED, ends, changes_on=min(following, default=None))
    warned_from = ends - timedelta(days=expiring_days)
    after = min([*following, warned_from if day < warned_from else ends + timedelta(days=1)])
    last = next((change.kind for change in reversed(past) if change.kind in _PAUSES), None)
    verdict = Verdict.EXPIRING if day >= warned_from else Verdict.VALID
    if last is ChangeKind.SUSPENDED:
        verdict = Verdict.SUSPENDED
    return Standing(verdict, ends, changes_on=after)


FINAL = {
    ChangeKind.ANNULLED: Verdict.ANNULLED,
    ChangeKind.WITHDRAWN: Verdict.WITHDRAWN,
    ChangeKind.SUPERSEDED: Verdict.SUPERSEDED,
}
"""What nothing mends, the weightiest first."""
_PAUSES = (ChangeKind.SUSPENDED, ChangeKind.REINSTATED)


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
