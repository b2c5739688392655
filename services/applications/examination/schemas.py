"""Bodies and answers of appointment, examination and dispatch."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.applications.application.schemas import Day, Line, RowAnswer, StepRequest
from services.applications.examination.rules import PartResult
from shared.schemas import RequestBody


class AppointmentRequest(StepRequest):
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
    """A criterion of the assessment instrument, the points got and the points required."""

    criterion: Line
    points: float = Field(ge=0, le=100_000, allow_inf_nan=False)
    required_points: float = Field(ge=0, le=100_000, allow_inf_nan=False)


class ExaminationPart(RequestBody):
    """A part of the examination. It is passed when every criterion is met."""

    held_on: Day
    scores: Annotated[list[Score], Field(min_length=1, max_length=200)]


class Examiner(RequestBody):
    """A member of the expert commission that examines."""

    name: Line
    own_staff: bool = Field(description="of the centre's own staff")


class ExaminationRequest(StepRequest):
    """The commission's protocol. `practice` is absent when the theoretical part was failed."""

    instrument: Line | None = Field(default=None, examples=["07.01000.01.001"])
    theory: ExaminationPart
    practice: ExaminationPart | None = None
    protocol_number: Line
    commission: Annotated[list[Examiner], Field(min_length=1, max_length=30)]
    materials: list[UUID] = Field(
        default_factory=list, max_length=100, description="attached documents, such as recordings"
    )


class DispatchRequest(StepRequest):
    """The day on which the centre sent the file to the council."""

    sent_on: Day


class RecordedPart(BaseModel):
    """A part of the examination as it was recorded."""

    model_config = ConfigDict(frozen=True)

    part: Literal["theory", "practice"]
    held_on: date
    scores: tuple[Score, ...]


class AppointmentAnswer(RowAnswer):
    """The place and time of the examination, and with whom they were agreed."""

    place: str
    starts_at: datetime
    agreed_on: date
    agreed_with: tuple[str, ...]
    reason: str | None


class ExaminationAnswer(RowAnswer):
    """The expert commission's protocol: days, results by part, commission, materials."""

    began_on: date
    held_on: date
    theory: PartResult
    practice: PartResult | None
    parts: tuple[RecordedPart, ...]
    instrument: str | None
    protocol_number: str
    commission: tuple[Examiner, ...]
    materials: tuple[UUID, ...]
