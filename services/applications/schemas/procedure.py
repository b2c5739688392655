"""The bodies of the procedure's steps."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from services.applications.schemas.fields import Day, Line, People, Prose
from shared.http import RequestBody


class Recorded(RequestBody):
    """Who acts, as the history tells it; absent, it names the part in the procedure."""

    actor: Line | None = None


class Taken(RequestBody):
    """Who takes the review."""

    reviewer: Line


class Remark(RequestBody):
    """What keeps an application from being admitted, and where."""

    field: str | None = Field(
        default=None, max_length=100, pattern=r"^(/[a-z0-9_]+)+$", examples=["/documents/training"]
    )
    document_id: UUID | None = None
    text: Prose

    @model_validator(mode="after")
    def _about_one_thing(self) -> "Remark":
        if (self.field is None) == (self.document_id is None):
            raise ValueError("a remark is about a field or about a document")
        return self


class ReviewResult(RequestBody):
    """What the centre found. `return` needs remarks, `decline` needs a reason."""

    outcome: Literal["admit", "return", "decline"]
    remarks: list[Remark] = Field(default_factory=list, max_length=100)
    reason: Prose | None = None
    reviewer: Line


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


class CouncilDecision(Recorded):
    """The council's decision, and who took part in it.

    `recommendation` is for the statement of who is not certified (order 725n).
    """

    outcome: Literal["certify", "refuse"]
    decided_on: Day
    protocol_number: Line
    members: People
    recommendation: Prose | None = None


class HandedOver(Recorded):
    """The person has the certificate or the statement, or it was posted."""

    handed_over_on: Day
    by: Literal["in_person", "post", "representative", "electronically"]


class RegistryEntry(Recorded):
    """The registry's entry, as its holder confirmed it."""

    record_number: Line
    entered_on: Day
