"""Answers about letters, and the selection that is tried again."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import (
    ApplicationId,
    CertificateId,
    DeliveryFailure,
    LanguageCode,
    RecordedCertificateNumber,
)
from services.applications.letters.rules import (
    LetterChannel,
    LetterKind,
    LetterReason,
    LetterState,
    Recipient,
)
from shared.schemas import RequestBody, ZonedInstant

MOST_LETTERS = 1000
LetterIdentifier = Annotated[
    UUID,
    Field(
        description="identifier of the letter", examples=["2f4b7d70-9e1f-4f0e-8f65-0d4c3b2a1f06"]
    ),
]
ToldFact = Annotated[LetterKind, Field(description="what the letter tells")]
LetterChannelUsed = Annotated[LetterChannel, Field(description="way that the letter goes")]
AttemptCount = Annotated[int, Field(ge=0, le=2**31 - 1, examples=[1])]


class LetterAnswer(RowAnswer):
    """One letter: what it tells, how it stands. It holds no name and no address."""

    id: LetterIdentifier
    notice_id: UUID = Field(description="stands for the fact that the letter tells of")
    application_id: ApplicationId
    certificate_id: CertificateId
    number: RecordedCertificateNumber
    kind: ToldFact
    day: date = Field(description="the last day of validity, or the day of the measure")
    recipient: Recipient = Field(description="who gets the letter")
    channel: LetterChannelUsed
    language: LanguageCode
    state: LetterState = Field(description="how far the letter has come")
    reason: LetterReason | None = Field(description="why it is not sent")
    planned_at: datetime = Field(description="instant at which it was planned")
    due_at: datetime = Field(description="when it was to be sent first")
    next_attempt_at: datetime = Field(description="of an open letter: the next try")
    delivered_at: datetime | None = Field(
        description="when the relay or the post took it over, or somebody called"
    )
    attempts: AttemptCount = Field(description="how often it was tried")
    failures: AttemptCount = Field(description="how often the recipient's side refused it")
    printed_at: datetime | None = Field(description="when the centre had it on paper")
    bounced_at: datetime | None = Field(description="when it was known that it has not arrived")
    failure: DeliveryFailure | None


class LetterSelection(RequestBody):
    """A filter of letters, as that of their list; what is absent restricts nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "given_up"}]})

    application_id: UUID | None = Field(default=None, description="letters about this application")
    certificate_id: UUID | None = Field(default=None, description="letters about this certificate")
    number: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="letters about the certificate of this number",
        examples=["07.01000.00.00000001.29"],
    )
    kind: LetterKind | None = Field(default=None, description="letters that tell this")
    state: LetterState | None = Field(default=None, description="letters in this state")
    channel: LetterChannel | None = Field(default=None, description="letters over this channel")
    reason: LetterReason | None = Field(
        default=None, description="letters that are not sent for this reason"
    )
    planned_from: ZonedInstant | None = Field(
        default=None, description="letters planned at this instant or later"
    )
    planned_to: ZonedInstant | None = Field(
        default=None, description="letters planned at this instant or earlier"
    )


class LetterQuery(LetterSelection):
    """The same filter in a query, among parameters that are no part of it."""

    model_config = ConfigDict(extra="ignore")


class LetterRetryRequest(RequestBody):
    """The letters that are to be tried again: by their ids, or by a filter and how many it found.

    Of what a filter finds only those are meant that have failed or were given up.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filter": {"state": "given_up"}, "count": 12}]}
    )

    ids: list[LetterIdentifier] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_LETTERS,
        description="identifiers of the letters; absent where a filter is sent",
    )
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

    count: int = Field(ge=0, le=MOST_LETTERS, description="how many letters there are")
