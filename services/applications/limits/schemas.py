"""Answers about limits of law."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.applications.application.schemas import CaseNumber, RowAnswer
from services.applications.limits.rules import LimitState


class TimeLimitAnswer(RowAnswer):
    """A time limit of the law on one application, and its state today."""

    name: str
    state: LimitState
    begun_on: date
    due_on: date = Field(description="the last day")
    days_left: int | None = Field(description="negative when late; absent when it has ended")
    ended_on: date | None
    responsible: str = Field(description="who must act")
    source: str
    sources: dict[str, str] = Field(description="the source as pages name it, by language")
    appeal_id: UUID | None

    def source_in(self, language: str) -> str:
        """The act that sets the limit, in this language where the settings say it so."""
        return self.sources.get(language, self.source)


class ListedLimitAnswer(TimeLimitAnswer):
    """A time limit, with the application that it runs on."""

    application_id: UUID
    case_number: CaseNumber
    centre_number: str


class LimitCountAnswer(RowAnswer):
    """How many limits of one name are in one state at one centre."""

    centre: str
    limit: str
    state: LimitState
    number: int
