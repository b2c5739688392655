"""The time limits of the procedure: which there are, from when to when they run. No I/O.

The rules themselves are data (`limits.json`, or the file that the settings name), each
with its source; this module only counts days.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.applications.application.values import LimitName
from shared.working_days import WorkCalendar, add_working_days

ActName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=1_000,
        description="the act that sets the limit",
        examples=["Decree 1204 of 16.11.2016, item 9: 10 calendar days from receipt"],
    ),
]
ActNames = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ActName],
    Field(
        max_length=20,
        description="the act as pages name it, by the language's code",
        examples=[{"en": "Rules no. 1204, item 9: 10 calendar days from receipt"}],
    ),
]


class LimitState(StrEnum):
    """The state of a time limit on a civil date."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    LATE = "late"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ProcedureEvent(StrEnum):
    """The events of the procedure that can start a limit or end it."""

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
    PURPOSE_ENDED = "purpose_ended"
    ERASED = "erased"


class TimeLimitRule(BaseModel):
    """The rule of a time limit: so many days from one event of the procedure to another.

    The day of the start event is not counted, the last day is: 10 days from 2 March end with 12
    March, and the limit is broken from the midnight that begins 13 March. Whether a last day
    that is no working day rolls over could not be verified in the acts, so it does not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: LimitName
    days: int = Field(ge=0, le=3660, description="length of the limit in days", examples=[10])
    counted_in: Literal["calendar_days", "working_days"] = Field(
        default="calendar_days", description="kind of the days that are counted"
    )
    warn_days: int = Field(
        ge=0,
        le=3660,
        description="calendar days before the last one from which it is at risk",
        examples=[3],
    )
    start_event: ProcedureEvent = Field(description="the event from which days are counted")
    end_event: ProcedureEvent = Field(description="the event that meets the limit")
    responsible: Literal["centre", "council", "agency", "appeals"] = Field(
        description="who must act"
    )
    source: ActName
    sources: ActNames = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_warn_days(self) -> "TimeLimitRule":
        if self.warn_days > self.days:
            raise ValueError("a limit cannot be at risk before it begins")
        return self

    def due_on(self, begun_on: date, calendar: WorkCalendar) -> date:
        """The last day on which the limit can be met; the calendar matters for working days."""
        if self.counted_in == "working_days":
            return add_working_days(begun_on, self.days, calendar)
        return begun_on + timedelta(days=self.days)

    def at_risk_on(self, due_on: date) -> date:
        """The first day on which the limit is at risk, from its last day."""
        return due_on - timedelta(days=self.warn_days)


class TimeLimitRules(BaseModel):
    """The rules of all time limits; their names are unique."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: tuple[TimeLimitRule, ...]

    @model_validator(mode="after")
    def _check_unique_names(self) -> "TimeLimitRules":
        names = [rule.name for rule in self.limits]
        if len(set(names)) < len(names):
            raise ValueError("each limit may stand once")
        return self

    def rules_started_by(self, event: ProcedureEvent) -> list[TimeLimitRule]:
        """The rules of the limits that an event starts."""
        return [rule for rule in self.limits if rule.start_event == event]

    def names_ended_by(self, event: ProcedureEvent) -> list[str]:
        """The names of the limits that an event ends."""
        return [rule.name for rule in self.limits if rule.end_event == event]


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
