"""Answers about letters, and the selection that is tried again."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.application.schemas import RowAnswer
from services.applications.letters.rules import (
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
    Recipient,
)
from shared.schemas import RequestBody

MOST_LETTERS = 1000


class LetterAnswer(RowAnswer):
    """One letter: what it tells, how it stands. It holds no name and no address."""

    id: UUID
    notice_id: UUID = Field(description="stands for the fact that the letter tells of")
    application_id: UUID
    certificate_id: UUID
    number: str
    kind: LetterKind
    day: date = Field(description="the last day of validity, or the day of the measure")
    recipient: Recipient
    channel: LetterChannel
    language: str
    state: LetterState
    reason: LetterReason | None = Field(description="why it is not sent")
    planned_at: datetime
    due_at: datetime = Field(description="when it was to be sent first")
    next_attempt_at: datetime = Field(description="of an open letter: the next try")
    delivered_at: datetime | None = Field(description="when the relay took it over")
    attempts: int
    failures: int = Field(description="tries that the recipient's side refused")
    failure: str | None = Field(description="of the last try: a code of SMTP, or a kind")


class LetterRetryRequest(RequestBody):
    """The letters that are to be tried again."""

    ids: list[UUID] = Field(min_length=1, max_length=MOST_LETTERS)


class LetterRetryAnswer(BaseModel):
    """How many letters were planned anew."""

    count: int
