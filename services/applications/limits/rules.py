"""The time limits of the procedure: which there are, from when to when they run. No I/O.

The rules themselves are data (`limits.json`, or the file that the settings name), each
with its source; `shared/time_limits.py` counts their days.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.time_limits import LimitOfLaw, check_unique_names, find_limit


class LimitState(StrEnum):
    """The state of a time limit on a civil date."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    LATE = "late"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ProcedureEvent(StrEnum):
    """The events of the procedure that can start a limit or end it.

    The first three are stated with the step that is held to their limit: no row begins with them.
    """

    INFORMED = "informed"
    HEARING_NOTIFIED = "hearing_notified"
    HEARD = "heard"

    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    EXAMINED = "examined"
    SENT_TO_COUNCIL = "sent_to_council"
    DECIDED = "decided"
    ENTERED_IN_REGISTRY = "entered_in_registry"
    HANDED_OVER = "handed_over"
    APPEAL_FILED = "appeal_filed"
    APPEAL_REGISTERED = "appeal_registered"
    APPEAL_DECIDED = "appeal_decided"
    APPEAL_SATISFIED = "appeal_satisfied"
    APPEAL_DECISION_SENT = "appeal_decision_sent"
    APPEAL_EXECUTED = "appeal_executed"
    APPEAL_REPORTED = "appeal_reported"
    APPEAL_ENTERED_IN_REGISTRY = "appeal_entered_in_registry"
    PURPOSE_ENDED = "purpose_ended"
    ERASED = "erased"


STATED_LIMITS = (APPEAL_FILING, HEARING_NOTICE) = ("appeal_filing", "hearing_notice")
"""The limits that a step is held to when it is taken: for these the file has a rule always."""


class TimeLimitRule(LimitOfLaw):
    """The rule of a time limit: so many days from one event of the procedure to another."""

    warn_days: int = Field(
        ge=0,
        le=3660,
        description="calendar days before the last one from which it is at risk",
        examples=[3],
    )
    start_event: ProcedureEvent = Field(description="the event from which days are counted")
    end_event: ProcedureEvent = Field(description="the event that meets the limit")
    responsible: Literal["centre", "council", "agency", "appeals", "appellant"] = Field(
        description="who must act"
    )

    @model_validator(mode="after")
    def _check_warn_days(self) -> Self:
        if self.warn_days > self.days:
            raise ValueError("a limit cannot be at risk before it begins")
        return self

    def at_risk_on(self, begun_on: date, due_on: date) -> date:
        """The first day on which the limit is at risk, from its last day."""
        return max(begun_on, due_on - timedelta(days=self.warn_days))


class TimeLimitRules(BaseModel):
    """The rules of all time limits; their names are unique."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: tuple[TimeLimitRule, ...]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        check_unique_names(self.limits)
        for name in STATED_LIMITS:
            find_limit(self.limits, name)
        return self

    def rules_started_by(self, event: ProcedureEvent) -> list[TimeLimitRule]:
        """The rules of the limits that an event starts."""
        return [rule for rule in self.limits if rule.start_event == event]

    def names_ended_by(self, event: ProcedureEvent) -> list[str]:
        """The names of the limits that an event ends."""
        return [rule.name for rule in self.limits if rule.end_event == event]

    def find_rule(self, name: str) -> TimeLimitRule:
        """The rule of this name."""
        return find_limit(self.limits, name)


def state_on(
    at_risk_on: date, due_on: date, today: date, ended_on: date | None, *, cancelled: bool
) -> LimitState:
    """The state of a limit on the civil date `today`; both last day and risk day are inclusive."""
    if cancelled:
        return LimitState.CANCELLED
    if ended_on is not None:
        return LimitState.MET if ended_on <= due_on else LimitState.MISSED
    if today > due_on:
        return LimitState.LATE
    return LimitState.AT_RISK if today >= at_risk_on else LimitState.RUNNING
