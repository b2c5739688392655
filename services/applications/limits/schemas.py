"""Answers about limits of law."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import (
    AppealId,
    ApplicationId,
    CaseNumber,
    RecordedCentreNumber,
)
from services.applications.limits.rules import LimitState
from shared.schemas import Count
from shared.time_limits import ActName, ActNames, LimitName

MOST_DAYS = 1_000_000
"""More than lie between any two days that are recorded, in days."""

LimitStateToday = Annotated[LimitState, Field(description="state of the limit today")]


class TimeLimitAnswer(RowAnswer):
    """A time limit of the law on one application, and its state today."""

    name: LimitName
    state: LimitStateToday
    begun_on: date = Field(description="civil day of the event from which days are counted")
    counted_until: date = Field(description="last day as it is counted, which may be a day off")
    due_on: date = Field(
        description="the last day: where the counted one is a day off, the next working day"
    )
    days_left: int | None = Field(
        ge=-MOST_DAYS,
        le=MOST_DAYS,
        description="calendar days to the last day; negative when late, absent when it has ended",
    )
    ended_on: date | None = Field(description="civil day on which it was met, missed or cancelled")
    responsible: Literal["centre", "council", "agency", "appeals"] = Field(
        description="who must act"
    )
    source: ActName
    sources: ActNames
    appeal_id: AppealId | None = Field(description="the appeal that the limit is about, if any")

    def source_in(self, language: str) -> str:
        """The act that sets the limit, in this language where the settings say it so."""
        return self.sources.get(language, self.source)


class ListedLimitAnswer(TimeLimitAnswer):
    """A time limit, with the application that it runs on."""

    application_id: ApplicationId
    case_number: CaseNumber
    centre_number: RecordedCentreNumber


class LimitCountAnswer(RowAnswer):
    """How many limits of one name are in one state at one centre."""

    centre_number: RecordedCentreNumber
    name: LimitName
    state: LimitStateToday
    count: Count = Field(description="how many limits there are")
