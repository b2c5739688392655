"""Answers about limits of law."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.applications.application.schemas import RowAnswer
from services.applications.limits.rules import LimitState


class TimeLimit(RowAnswer):
    """A limit of law on one application."""

    name: str
    state: LimitState
    begun_on: date
    due_on: date = Field(description="the last day")
    days_left: int | None = Field(description="negative when late; absent when it has ended")
    ended_on: date | None
    answers: str = Field(description="who must act")
    source: str
    appeal_id: UUID | None


class LimitInList(TimeLimit):
    """A limit, with the application that it runs on."""

    application_id: UUID
    centre_number: str


class LimitCount(RowAnswer):
    """How many limits of a centre stand so."""

    centre: str
    limit: str
    state: LimitState
    number: int
