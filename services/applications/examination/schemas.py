"""Bodies and answers of appointment and examination."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.applications.application.schemas import Day, Line, Recorded, RowAnswer
from services.applications.examination.rules import Result
from shared.schemas import RequestBody


class AppointmentMade(Recorded):
    """Place and time, agreed with the applicant, and with the employer who referred them."""

    place: Line
    starts_at: AwareDatetime
    agreed_on: Day
    agreed_with: list[Literal["applicant", "employer"]] = Field(min_length=1, max_length=2)
    by_contract: bool = Field(
        default=False, description="after a no-show: the contract gives another day"
    )
    reason: Line | None = Field(default=None, description="of another day than was agreed before")


class Score(RequestBody):
    """A criterion of the assessment instrument, and the points got."""

    criterion: Line
    points: float = Field(ge=0, le=100_000, allow_inf_nan=False)
    needed: float = Field(ge=0, le=100_000, allow_inf_nan=False)


class Part(RequestBody):
    """A part of the examination. It is passed when every criterion is met."""

    held_on: Day
    scores: Annotated[list[Score], Field(min_length=1, max_length=200)]


class CommissionMember(RequestBody):
    """A member of the expert commission."""

    name: Line
    own_staff: bool = Field(description="of the centre's own staff")


class ExaminationProtocol(Recorded):
    """The commission's protocol. `practice` is absent when the theoretical part was failed."""

    instrument: Line | None = Field(default=None, examples=["07.01000.01.001"])
    theory: Part
    practice: Part | None = None
    protocol_number: Line
    commission: Annotated[list[CommissionMember], Field(min_length=1, max_length=30)]
    materials: list[UUID] = Field(
        default_factory=list, max_length=100, description="attached documents, such as recordings"
    )


class Sent(Recorded):
    """The file went to the council."""

    sent_on: Day


class Appointment(RowAnswer):
    """When and where the candidate is examined."""

    place: str
    starts_at: datetime
    agreed_on: date
    agreed_with: list[str]
    reason: str | None


class Examination(RowAnswer):
    """How the examination went."""

    began_on: date
    held_on: date
    theory: Result
    practice: Result | None
    parts: list[dict[str, Any]]
    instrument: str | None
    protocol_number: str
    commission: list[dict[str, Any]]
    materials: list[str]
