"""Answers about letters that would be planned."""

from datetime import date

from pydantic import BaseModel, Field

from services.applications.application.values import (
    ApplicationId,
    CaseNumber,
    CouncilName,
    RecordedCentreNumber,
    RecordedCertificateNumber,
)
from services.applications.letters.rehearsal import GROUP_LIMIT, RehearsedChannel
from shared.schemas import Count


class RehearsedLettersAnswer(BaseModel):
    """The letters to holders of one centre and council over one channel."""

    centre_number: RecordedCentreNumber
    council: CouncilName
    channel: RehearsedChannel = Field(description="the way that the letters would go")
    group_size: Count = Field(description="how many letters would be planned", examples=[14])


class LetterRehearsalAnswer(BaseModel):
    """What would be planned on a day, if nothing changed until then and no day were missed."""

    rehearsed_on: date = Field(description="the civil day that was asked for")
    totals: dict[RehearsedChannel, Count] = Field(
        max_length=len(RehearsedChannel),
        description="how many letters go by each channel, zeros among them",
        examples=[{"email": 12, "post": 2, "phone": 0, "waiting": 1, "none": 0}],
    )
    group_total: Count = Field(
        description="how many centres, councils, channels there are; `groups` may be fewer",
        examples=[3],
    )
    groups: list[RehearsedLettersAnswer] = Field(
        max_length=GROUP_LIMIT, description="the largest first"
    )


class RehearsedLetterAnswer(BaseModel):
    """A letter that would be planned on the day. It holds no name and no address."""

    application_id: ApplicationId
    case_number: CaseNumber
    number: RecordedCertificateNumber
    ends_on: date = Field(description="the last day of validity")
    centre_number: RecordedCentreNumber
    council: CouncilName
    threshold_days: int = Field(
        ge=0,
        le=100_000,
        description="days before the end; 0: the certificate has expired",
        examples=[90],
    )
    channel: RehearsedChannel = Field(description="the way that the letter would go")
