"""Answers about letters that would be planned."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.letters.rehearsal import RehearsedChannel


class RehearsedLettersAnswer(BaseModel):
    """The letters to holders of one centre and council over one channel."""

    centre_number: str
    council: str
    channel: RehearsedChannel
    group_size: int = Field(description="how many letters would be planned")


class LetterRehearsalAnswer(BaseModel):
    """What would be planned on a day, if nothing changed until then and no day were missed."""

    rehearsed_on: date
    totals: dict[RehearsedChannel, int] = Field(description="by channel, zeros among them")
    group_total: int = Field(description="of centres, councils, channels; `groups` may be fewer")
    groups: list[RehearsedLettersAnswer] = Field(description="the largest first, at most 1000")


class RehearsedLetterAnswer(BaseModel):
    """A letter that would be planned on the day. It holds no name and no address."""

    application_id: UUID
    case_number: str
    number: str = Field(description="the certificate's")
    valid_until: date = Field(description="the last day of validity")
    centre_number: str
    council: str
    threshold_days: int = Field(description="days before the end; 0: the certificate has expired")
    channel: RehearsedChannel
