"""The time limits of the procedure: which there are, from when to when they run. No I/O.

The limits themselves are data (`data/limits.json`, or the file that the settings name), each with
its source; here is only how days are counted.
"""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

WEEKEND = (5, 6)


class LimitState(StrEnum):
    """How a limit stands on a day."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    LATE = "late"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Limit(BaseModel):
    """A limit of law: so many days from one event to another.

    The day of the beginning is not counted, the last day is: 10 days from 2 March end with
    12 March, and the limit is broken from the midnight that begins 13 March. Whether a last day
    that is no working day rolls over could not be verified in the acts, so it does not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z_]{3,40}$")
    days: int = Field(ge=0, le=3660)
    counted_in: Literal["calendar_days", "working_days"] = "calendar_days"
    warn_days: int = Field(ge=0, description="at risk from so many calendar days before the last")
    begins: str = Field(description="the event from which days are counted")
    ends: str = Field(description="the event that meets the limit")
    answers: Literal["centre", "council", "agency", "appeals"] = Field(description="who must act")
    source: str = Field(min_length=3, description="the act that sets it")

    @model_validator(mode="after")
    def _warns_before_it_ends(self) -> "Limit":
        if self.warn_days > self.days:
            raise ValueError("a limit cannot be at risk before it begins")
        return self

    def due_on(self, begun_on: date, holidays: Collection[date] = ()) -> date:
        """The last day on which the limit can be met."""
        if self.counted_in == "calendar_days":
            return begun_on + timedelta(days=self.days)
        day, left = begun_on, self.days
        while left:
            day += timedelta(days=1)
            left -= day.weekday() not in WEEKEND and day not in holidays
        return day

    def at_risk_on(self, due_on: date) -> date:
        """The first day of being at risk."""
        return due_on - timedelta(days=self.warn_days)


class Limits(BaseModel):
    """All limits, each once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: tuple[Limit, ...]

    @model_validator(mode="after")
    def _each_once(self) -> "Limits":
        names = [limit.name for limit in self.limits]
        if len(set(names)) < len(names):
            raise ValueError("each limit may stand once")
        return self

    def named(self, name: str) -> Limit:
        """One limit. Raises `KeyError`."""
        return {limit.name: limit for limit in self.limits}[name]

    def begun_by(self, event: str) -> list[Limit]:
        """The limits that an event sets running."""
        return [limit for limit in self.limits if limit.begins == event]

    def ended_by(self, event: str) -> list[str]:
        """The names of the limits that an event meets."""
        return [limit.name for limit in self.limits if limit.ends == event]


def state(
    at_risk_on: date, due_on: date, today: date, ended_on: date | None, *, cancelled: bool
) -> LimitState:
    """How a limit stands on the civil date `today`."""
    if cancelled:
        return LimitState.CANCELLED
    if ended_on is not None:
        return LimitState.MET if ended_on <= due_on else LimitState.MISSED
    if today > due_on:
        return LimitState.LATE
    return LimitState.AT_RISK if today >= at_risk_on else LimitState.RUNNING
