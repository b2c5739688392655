"""The days on which a published version is in force.

A version is in force from its effective day until the day on which the next one takes effect or the
qualification is withdrawn; the last day belongs to what comes after. Being in force is derived from
those days and never stored: it changes at midnight without anybody's doing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from shared.errors import RuleViolation


class InForceState(StrEnum):
    """The state of a published version on a day."""

    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class InForcePeriod:
    """The days of a published version: from `effective_from` to the day before `effective_until`.

    `effective_until` is None while no end is known; `withdrawn` tells whether the end is a
    withdrawal, not the next version.
    """

    version: int
    effective_from: date
    effective_until: date | None = None
    withdrawn: bool = False

    def state_on(self, on: date) -> InForceState:
        """The state of the version on a day."""
        if self.effective_until is not None and on >= self.effective_until:
            return InForceState.WITHDRAWN if self.withdrawn else InForceState.SUPERSEDED
        return InForceState.IN_FORCE if on >= self.effective_from else InForceState.SCHEDULED


def build_period(
    version: int,
    effective_from: date,
    next_effective_from: date | None,
    withdrawn_from: date | None,
) -> InForcePeriod:
    """The period of a published version; `next_effective_from` is the next one's day, if any.

    A version whose day a withdrawal forestalls never comes into force: its period is empty.
    """
    withdrawn = withdrawn_from is not None and (
        next_effective_from is None or withdrawn_from <= next_effective_from
    )
    return InForcePeriod(
        version, effective_from, withdrawn_from if withdrawn else next_effective_from, withdrawn
    )


def build_periods(
    effective_days: Sequence[tuple[int, date]], withdrawn_from: date | None
) -> list[InForcePeriod]:
    """The periods of published versions, given as (version, effective day) in order of versions."""
    next_days = [effective_from for _, effective_from in effective_days[1:]]
    return [
        build_period(version, effective_from, next_effective_from, withdrawn_from)
        for (version, effective_from), next_effective_from in zip_longest(effective_days, next_days)
    ]


def find_period_in_force(periods: Sequence[InForcePeriod], on: date) -> InForcePeriod | None:
    """The one period that holds on a day, None if there is none."""
    return next(
        (period for period in periods if period.state_on(on) is InForceState.IN_FORCE), None
    )


def check_effective_day(
    day: date,
    *,
    approved_on: date,
    previous_effective_from: date | None,
    withdrawn: bool,
    today: date,
) -> None:
    """Checks that a version may take effect on a day. Raises `RuleViolation`.

    `previous_effective_from` is the effective day of the version before, None for the first. What
    was in force on a past day was told to others and stays true, so only a first version may begin
    in the past: a qualification may be older than its entry here.
    """
    if withdrawn:
        raise _effective_day_error("qualification.withdrawn", "The qualification is withdrawn.")
    if day < approved_on:
        raise _effective_day_error(
            "version.before_approval",
            f"It was approved on {approved_on}; begin on that day or later.",
            values={"earliest": approved_on},
        )
    if previous_effective_from is not None and day <= previous_effective_from:
        raise _effective_day_error(
            "version.order",
            f"The version before takes effect on {previous_effective_from}; begin on a later day.",
            values={"previous": previous_effective_from},
        )
    if previous_effective_from is not None and day < today:
        raise _effective_day_error(
            "version.past",
            f"A change cannot take effect in the past; begin on {today} or later.",
            values={"today": today},
        )


def check_withdrawal_day(
    day: date, *, first_effective_from: date | None, withdrawn_from: date | None, today: date
) -> None:
    """Checks that a qualification may end on a day. Raises `RuleViolation`.

    `first_effective_from` is None while no version is published; `withdrawn_from` is the day of an
    earlier withdrawal.
    """
    if first_effective_from is None:
        raise RuleViolation(
            "qualification.unpublished",
            "No version was published, so there is nothing to withdraw. Discard the draft instead.",
        )
    if withdrawn_from is not None:
        raise RuleViolation(
            "qualification.withdrawn",
            f"The qualification is withdrawn from {withdrawn_from} already.",
        )
    if day < today:
        raise RuleViolation(
            "withdrawal.past",
            f"A withdrawal cannot take effect in the past; name {today} or a later day.",
            field="/withdrawn_from",
            values={"today": today},
        )


def _effective_day_error(
    rule: str, detail: str, values: Mapping[str, object] | None = None
) -> RuleViolation:
    return RuleViolation(rule, detail, field="/effective_from", values=values)
