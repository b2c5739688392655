"""Answers about letters that would be planned."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.letters.rehearsal import RehearsedChannel


class RehearsedLettersAnswer(BaseModel):
    """The letters to holders of one centre and council over one channel."""

    centre_number: str = Field(description="the number of the assessment centre")
    council: str = Field(description="the name of the sector council")
    channel: RehearsedChannel = Field(description="the way that the letters would go")
    group_size: int = Field(description="how many letters would be planned")


class LetterRehearsalAnswer(BaseModel):
    """What would be planned on a day, if nothing changed until then and no day were missed."""

    rehearsed_on: date = Field(description="the civil day that was asked for")
    totals: dict[RehearsedChannel, int] = Field(description="by channel, zeros among them")
    group_total: int = Field(description="of centres, councils, channels; `groups` may be fewer")
    groups: list[RehearsedLettersAnswer] = Field(description="the largest first, at most 1000")


class RehearsedLetterAnswer(BaseModel):
    """A letter that would be planned on the day. It holds no name and no address."""

    application_id: UUID = Field(description="the application's id")
    case_number: str = Field(description="the number of its case, such as `26-000118`")
    number: str = Field(description="the certificate's")
    valid_until: date = Field(description="the last day of validity")
    centre_number: str = Field(description="the number of the assessment centre")
    council: str = Field(description="the name of the sector council")
    threshold_days: int = Field(description="days before the end; 0: the certificate has expired")
    channel: RehearsedChannel = Field(description="the way that the letter would go")
