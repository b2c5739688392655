"""From when until when a published version is in force.

A version is in force from its effective day until the day on which the next one takes effect or the
qualification is withdrawn; the last day belongs to what comes after. Being in force is derived from
those days and never stored: it changes at midnight without anybody's doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from shared.errors import RuleViolation


class State(StrEnum):
    """What a published version is on a day."""

    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Term:
    """A published version's days: in force on every day from `since` to the day before `until`.

    `until` is None while no end is known; `withdrawn` tells which of the two ends it is.
    """

    version: int
    since: date
    until: date | None = None
    withdrawn: bool = False

    def state(self, on: date) -> State:
        """What the version is on a day."""
        if self.until is not None and on >= self.until:
            return State.WITHDRAWN if self.withdrawn else State.SUPERSEDED
        return State.IN_FORCE if on >= self.since else State.SCHEDULED


def term(version: int, since: date, following: date | None, withdrawn_from: date | None) -> Term:
    """The term of a published version; `following` is the effective day of the next one, if any.

    A version whose day a withdrawal forestalls never comes into force: its term is empty.
    """
    withdrawn = withdrawn_from is not None and (following is None or withdrawn_from <= following)
    return Term(version, since, withdrawn_from if withdrawn else following, withdrawn)


def terms(effective: Sequence[tuple[int, date]], withdrawn_from: date | None) -> list[Term]:
    """The terms of published versions, given as (version, effective day) in order of versions."""
    days = [since for _, since in effective[1:]]
    return [
        term(version, since, following, withdrawn_from)
        for (version, since), following in zip_longest(effective, days)
    ]


def in_force(among: Sequence[Term], on: date) -> Term | None:
    """The one term that holds on a day, if any."""
    return next((term for term in among if term.state(on) is State.IN_FORCE), None)


def check_effective(
    day: date, *, approved_on: date, latest: date | None, withdrawn: bool, today: date
) -> None:
    """Whether a version may take effect on a day. Raises `RuleViolation`.

    `latest` is the effective day of the version before, None for the first. What was in force on a
    past day was told to others and stays true, so only a first version may begin in the past: a
    qualification may be older than its entry here.
    """
    if withdrawn:
        raise _refused("qualification.withdrawn", "The qualification is withdrawn.")
    if day < approved_on:
        raise _refused(
            "version.before_approval",
            f"It was approved on {approved_on}; begin on that day or later.",
        )
    if latest is not None and day <= latest:
        raise _refused(
            "version.order", f"The version before takes effect on {latest}; begin on a later day."
        )
    if latest is not None and day < today:
        raise _refused(
            "version.past", f"A change cannot take effect in the past; begin on {today} or later."
        )


def check_withdrawal(day: date, *, first: date | None, withdrawn: date | None, today: date) -> None:
    """Whether a qualification may end on a day. Raises `RuleViolation`."""
    if first is None:
        raise RuleViolation(
            "qualification.unpublished",
            "No version was published, so there is nothing to withdraw. Discard the draft instead.",
        )
    if withdrawn is not None:
        raise RuleViolation(
            "qualification.withdrawn", f"The qualification is withdrawn from {withdrawn} already."
        )
    if day < today:
        raise RuleViolation(
            "withdrawal.past",
            f"A withdrawal cannot take effect in the past; name {today} or a later day.",
            field="/withdrawn_from",
        )


def _refused(rule: str, detail: str) -> RuleViolation:
    return RuleViolation(rule, detail, field="/effective_from")
