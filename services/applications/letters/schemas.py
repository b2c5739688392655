"""Answers about letters, and the selection that is tried again."""

from datetime import date, datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

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
    delivered_at: datetime | None = Field(
        description="when the relay or the post took it over, or somebody called"
    )
    attempts: int
    failures: int = Field(description="tries that the recipient's side refused")
    printed_at: datetime | None = Field(description="when the centre had it on paper")
    bounced_at: datetime | None = Field(description="when it was known that it has not arrived")
    failure: str | None = Field(description="of the last try: a code of SMTP, or a kind")


class LetterSelection(RequestBody):
    """A filter of letters, as that of their list; what is absent restricts nothing."""

    application_id: UUID | None = Field(default=None, description="letters about this application")
    certificate_id: UUID | None = Field(default=None, description="letters about this certificate")
    number: str | None = Field(
        default=None, max_length=50, description="letters about the certificate of this number"
    )
    kind: LetterKind | None = Field(default=None, description="letters that tell this")
    state: LetterState | None = Field(default=None, description="letters in this state")
    channel: LetterChannel | None = Field(default=None, description="letters over this channel")
    reason: LetterReason | None = Field(
        default=None, description="letters that are not sent for this reason"
    )
    planned_from: AwareDatetime | None = Field(
        default=None, description="letters planned at this instant or later"
    )
    planned_to: AwareDatetime | None = Field(
        default=None, description="letters planned at this instant or earlier"
    )


class LetterRetryRequest(RequestBody):
    """The letters that are to be tried again: by their ids, or by a filter and how many it found.

    Of what a filter finds only those are meant that have failed or were given up.
    """

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=MOST_LETTERS)
    filter: LetterSelection | None = Field(
        default=None, description="which letters, where no ids are sent"
    )
    count: int | None = Field(
        default=None,
        ge=1,
        le=MOST_LETTERS,
        description="how many the filter finds; another number refuses the request",
    )

    @model_validator(mode="after")
    def _check_selection(self) -> "LetterRetryRequest":
        has_filter = self.filter is not None and self.count is not None
        has_parts = self.filter is not None or self.count is not None
        if (self.ids is not None) == has_filter or (self.ids is not None and has_parts):
            raise PydanticCustomError(
                "letter.selection", "send 'ids', or 'filter' with 'count', and not both"
            )
        return self


class LetterRetryAnswer(BaseModel):
    """How many letters were planned anew."""

    count: int
