"""How a certificate stands on a day, by the changes known at an instant: two time axes.

A change has a civil date of effect and an instant of recording. So the verdict on a past day
can be asked in two ways: by what was known then, and by what is known now.
"""

from collections.abc import Iterable
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


class ChangeKind(StrEnum):
    """What happened to a certificate after its issue.

    Suspension and withdrawal are ISO/IEC 17024's (9.5); the national acts do not know them. Nor do
    they know a certificate that ends because its holder got a newer one: `superseded` names the
    successor, and `restored` takes that back, when the successor was annulled. `corrected` changes
    what it says, not what it is worth.
    """

    EXTENDED = "extended"
    SHORTENED = "shortened"
    SUPERSEDED = "superseded"
    RESTORED = "restored"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    WITHDRAWN = "withdrawn"


class VerdictFamily(StrEnum):
    """The four kinds of verdict that pages tell apart by word, shape, border and colour."""

    YES = "yes"
    NOT_NOW = "not_now"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What a verdict means and how it is told.

    Its words on pages are the messages `verdict.*`, its sentence in answers is `explanation.*`.

    `proves` is whether the certificate proves the qualification: only then may a duplicate of it
    be issued. `final_change` is the change that gives a verdict which nothing mends.
    """

    family: VerdictFamily
    proves: bool = False
    final_change: ChangeKind | None = None


VERDICTS = {
    Verdict.VALID: VerdictRecord(VerdictFamily.YES, proves=True),
    Verdict.EXPIRING: VerdictRecord(VerdictFamily.YES, proves=True),
    Verdict.EXPIRED: VerdictRecord(VerdictFamily.NO),
    Verdict.SUSPENDED: VerdictRecord(VerdictFamily.NOT_NOW),
    Verdict.ANNULLED: VerdictRecord(VerdictFamily.NO, final_change=ChangeKind.ANNULLED),
    Verdict.WITHDRAWN: VerdictRecord(VerdictFamily.NO, final_change=ChangeKind.WITHDRAWN),
    Verdict.SUPERSEDED: VerdictRecord(VerdictFamily.NO),
    Verdict.NOT_FOUND: VerdictRecord(VerdictFamily.UNKNOWN),
}
"""Every verdict; of those which nothing mends, the weightiest first."""

PROVING_VERDICTS = frozenset(verdict for verdict, record in VERDICTS.items() if record.proves)
"""The certificate proves the qualification."""

FINAL_CHANGES = {
    record.final_change: verdict
    for verdict, record in VERDICTS.items()
    if record.final_change is not None
}
"""The changes that nothing mends, the weightiest first, with the verdict that each gives."""

FINAL_VERDICTS = frozenset(FINAL_CHANGES.values())
"""What nothing mends."""

ENDED_EARLY_VERDICTS = FINAL_VERDICTS | {Verdict.SUPERSEDED}
"""With which a certificate has ended before its last day."""

_PAUSING_KINDS = (ChangeKind.SUSPENDED, ChangeKind.REINSTATED)


@dataclass(frozen=True, slots=True)
class StandingRules:
    """What the acts leave open: by the settings.

    `expiring` begins `expiring_days` before the end. With `supersession_ends` a certificate that
    has a successor is `superseded`; without, it stays what it is until its end.
    """

    expiring_days: int
    supersession_ends: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A change: when it takes effect, when it was recorded, its new end or its successor."""

    kind: ChangeKind
    effective_on: date
    recorded_at: datetime
    ends_on: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stands on a day.

    `ends_on` is its end by the changes in effect, `successor` the number of the newer certificate
    of its holder, `recheck_on` the first day on which the verdict may be another.
    """

    verdict: Verdict
    ends_on: date
    successor: str | None = None
    recheck_on: date | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A certificate's term as printed, and its changes in the order of their recording.

    A certificate is valid through its last day. Order 725n prints "действительно до" and leaves
    open whether that day counts; it is counted, in the holder's favour.
    """

    issued_on: date
    valid_until: date
    changes: tuple[Change, ...] = ()

    @classmethod
    def known_at(
        cls, issued_on: date, valid_until: date, changes: Iterable[Change], known_at: datetime
    ) -> "Timeline":
        """The timeline by the changes that were recorded until the instant `known_at`."""
        known_changes = [change for change in changes if change.recorded_at <= known_at]
        known_changes.sort(key=lambda change: change.recorded_at)
        return cls(issued_on, valid_until, tuple(known_changes))

    def end_on(self, day: date) -> date:
        """The last day of validity by the changes in effect on the day.

        Of several ends the one that was recorded last: whoever decided it knew the others, also
        where it holds from an earlier day.
        """
        ends = [change.ends_on for change in self._changes_in_effect(day)]
        return next((end for end in reversed(ends) if end is not None), self.valid_until)

    def final_change_on(self, day: date) -> Change | None:
        """The weightiest change in effect that nothing mends, the latest of its kind."""
        changes = {change.kind: change for change in self._changes_in_effect(day)}
        return next((changes[kind] for kind in FINAL_CHANGES if kind in changes), None)

    def supersession_on(self, day: date) -> Change | None:
        """The supersession in effect by the latest successor that was not annulled since."""
        changes = self._changes_in_effect(day)
        annulled_successors = {
            change.successor for change in changes if change.kind is ChangeKind.RESTORED
        }
        supersessions = (
            change
            for change in reversed(changes)
            if change.kind is ChangeKind.SUPERSEDED and change.successor not in annulled_successors
        )
        return next(supersessions, None)

    def suspension_on(self, day: date) -> Change | None:
        """The suspension in effect, unless a reinstatement has ended it."""
        pauses = sorted(
            (change for change in self._changes_in_effect(day) if change.kind in _PAUSING_KINDS),
            key=lambda change: change.effective_on,
        )
        is_suspended = bool(pauses) and pauses[-1].kind is ChangeKind.SUSPENDED
        return pauses[-1] if is_suspended else None

    def next_change_after(self, day: date) -> date | None:
        """The first later day on which a known change takes effect."""
        return min((c.effective_on for c in self.changes if c.effective_on > day), default=None)

    def _changes_in_effect(self, day: date) -> list[Change]:
        return [change for change in self.changes if change.effective_on <= day]


def standing_on(timeline: Timeline, day: date, rules: StandingRules) -> Standing:
    """The verdict on the civil date `day`.

    Before its issue a certificate is not there. An annulment is in effect from the issue: what was
    issued in error never was valid. A successor is named beside the verdict, which it changes only
    where the rules say so.
    """
    ends_on = timeline.end_on(day)
    if day < timeline.issued_on:
        return Standing(Verdict.NOT_FOUND, ends_on, recheck_on=timeline.issued_on)
    final_change = timeline.final_change_on(day)
    if final_change is not None:
        return Standing(FINAL_CHANGES[final_change.kind], ends_on)
    supersession = timeline.supersession_on(day)
    successor = supersession.successor if supersession else None
    next_change_on = timeline.next_change_after(day)
    if supersession is not None and rules.supersession_ends:
        return Standing(Verdict.SUPERSEDED, ends_on, successor, next_change_on)
    if day > ends_on:
        return Standing(Verdict.EXPIRED, ends_on, successor, next_change_on)
    expiring_from = ends_on - timedelta(days=rules.expiring_days)
    is_expiring = day >= expiring_from
    next_term_day = ends_on + timedelta(days=1) if is_expiring else expiring_from
    verdict = Verdict.EXPIRING if is_expiring else Verdict.VALID
    if timeline.suspension_on(day) is not None:
        verdict = Verdict.SUSPENDED
    return Standing(
        verdict, ends_on, successor, min(next_change_on or next_term_day, next_term_day)
    )
