"""The request bodies of appeals, and the answer that shows an appeal."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.applications.appeals.rules import AppealGround, AppealOutcome, Appellant, Remedy
from services.applications.appeals.status import AppealStatus
from services.applications.application.schemas import Day, Line, Prose, StepRequest
from shared.schemas import RequestBody


class AppealRequest(RequestBody):
    """A written complaint on one of the law's grounds."""

    appellant: Appellant
    appellant_name: Line
    ground: AppealGround
    explanation_text: Prose
    informed_on: Day = Field(description="when the appellant learned of the results")
    filed_on: Day


class AppealRegistrationRequest(StepRequest):
    """The commission has registered the appeal and informed the appellant."""

    registration_number: Line
    registered_on: Day


class HearingRequest(StepRequest):
    """When and where the appeal is heard, and when the appellant was notified."""

    starts_at: AwareDatetime
    place: Line
    notified_on: Day = Field(description="when the appellant was told")


class AppealsCommissionMember(RequestBody):
    """A member of the appeals commission, present or not; `in_favour` is the vote."""

    name: Line
    present: bool = Field(description="in the room or remotely")
    in_favour: bool | None = None
    conflict: bool = Field(default=False, description="declared a conflict of interest")


class AppealDecisionRequest(StepRequest):
    """The commission's decision: outcome, remedy, reasons, and each member's vote."""

    outcome: AppealOutcome
    remedy: Remedy | None = None
    reasons: Prose
    decided_on: Day
    chair: Line
    members: Annotated[list[AppealsCommissionMember], Field(min_length=1, max_length=50)]


class DatedStepRequest(StepRequest):
    """A step of which only the day is recorded."""

    completed_on: Day


class AppealAnswer(BaseModel):
    """An appeal with its current status, for answers."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    application_id: UUID
    status: AppealStatus
    revision: int
    appellant: Appellant
    appellant_name: str | None
    ground: AppealGround
    explanation_text: str | None
    informed_on: date
    filed_on: date
    registration_number: str | None
    registered_on: date | None
    hearing_at: datetime | None
    place: str | None
    chair: str | None
    outcome: AppealOutcome | None
    remedy: Remedy | None
    reasons: str | None
    decided_on: date | None
    sent_on: date | None
    executed_on: date | None
