"""The request bodies of appeals, and the answer that shows an appeal."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.applications.appeals.rules import AppealGround, AppealOutcome, Appellant, Remedy
from services.applications.appeals.status import AppealStatus
from services.applications.application.schemas import Day, PeopleStepRequest, StepRequest
from services.applications.application.values import (
    AppealId,
    ApplicationId,
    RecordedLine,
    RecordedPlace,
    RecordedText,
)
from shared.schemas import RequestBody, Revision, ZonedInstant
from shared.values.lines import FreeText, Line

APPELLANT_NAME = "name of the appellant"
EXPLANATION = "what the appellant complains of, in their own words"
INFORMED_ON = "civil day on which the appellant learned of the results"
FILED_ON = "civil day of filing"
REGISTRATION_NUMBER = "number under which the commission registered the appeal"
REGISTERED_ON = "civil day of the registration"
DECIDED_ON = "civil day of the commission's decision"
REASONS = "reasons of the decision"
CHAIR = "name of who chaired the hearing"
NAME_EXAMPLES = ["А. И. Соколова"]
AppealGroundOfLaw = Annotated[
    AppealGround, Field(description="the law's ground on which the appeal rests")
]
AppellantParty = Annotated[Appellant, Field(description="who appeals")]
OUTCOME = "what the commission decided"
REMEDY = "what restores the right, where the appeal is satisfied"


class AppealRequest(RequestBody):
    """A written complaint on one of the law's grounds."""

    appellant: AppellantParty
    appellant_name: Line = Field(description=APPELLANT_NAME, examples=NAME_EXAMPLES)
    ground: AppealGroundOfLaw
    explanation_text: FreeText = Field(
        description=EXPLANATION, examples=["Баллы за второе задание сложены неверно."]
    )
    informed_on: Day = Field(description=INFORMED_ON)
    filed_on: Day = Field(description=FILED_ON)


class AppealRegistrationRequest(StepRequest):
    """The commission has registered the appeal and informed the appellant."""

    registration_number: Line = Field(description=REGISTRATION_NUMBER, examples=["А-12/2026"])
    registered_on: Day = Field(description=REGISTERED_ON)


class HearingRequest(StepRequest):
    """When and where the appeal is heard, and when the appellant was notified."""

    starts_at: ZonedInstant = Field(description="instant at which the hearing begins")
    place: Line = Field(description="place of the hearing", examples=["Москва, Ленинский пр., 2"])
    notified_on: Day = Field(description="civil day on which the appellant was notified")


class AppealsCommissionMember(RequestBody):
    """A member of the appeals commission, present or not; `in_favour` is the vote."""

    name: Line = Field(description="name of the member", examples=["О. Л. Белова"])
    present: bool = Field(description="whether they took part, in the room or remotely")
    in_favour: bool | None = Field(
        default=None, description="the vote: for the appeal, or against; absent without one"
    )
    conflict: bool = Field(
        default=False, description="whether they declared a conflict of interest"
    )


class AppealDecisionRequest(PeopleStepRequest):
    """The commission's decision: outcome, remedy, reasons, and each member's vote."""

    outcome: AppealOutcome = Field(description=OUTCOME)
    remedy: Remedy | None = Field(default=None, description=REMEDY)
    reasons: FreeText = Field(description=REASONS, examples=["Баллы пересчитаны по протоколу."])
    decided_on: Day = Field(description=DECIDED_ON)
    chair: Line = Field(description=CHAIR, examples=["О. Л. Белова"])
    members: list[AppealsCommissionMember] = Field(
        min_length=1, max_length=50, description="members of the commission, with their votes"
    )


class DatedStepRequest(StepRequest):
    """A step of which only the day is recorded."""

    completed_on: Day = Field(description="civil day of the step")


class AppealAnswer(BaseModel):
    """An appeal with its current status, for answers."""

    model_config = ConfigDict(from_attributes=True)

    id: AppealId
    application_id: ApplicationId
    status: AppealStatus = Field(description="how far the appeal has come")
    revision: Revision
    appellant: AppellantParty
    appellant_name: RecordedLine | None = Field(description=APPELLANT_NAME, examples=NAME_EXAMPLES)
    ground: AppealGroundOfLaw
    explanation_text: RecordedText | None = Field(description=EXPLANATION)
    informed_on: date = Field(description=INFORMED_ON)
    filed_on: date = Field(description=FILED_ON)
    registration_number: RecordedLine | None = Field(
        description=REGISTRATION_NUMBER, examples=["А-12/2026"]
    )
    registered_on: date | None = Field(description=REGISTERED_ON)
    hearing_at: datetime | None = Field(description="instant at which the hearing begins")
    place: RecordedPlace | None = Field(description="place of the hearing")
    chair: RecordedLine | None = Field(description=CHAIR)
    outcome: AppealOutcome | None = Field(description=OUTCOME)
    remedy: Remedy | None = Field(description=REMEDY)
    reasons: RecordedText | None = Field(description=REASONS)
    decided_on: date | None = Field(description=DECIDED_ON)
    sent_on: date | None = Field(description="civil day on which the decision was sent")
    executed_on: date | None = Field(description="civil day on which the decision was executed")
    reported_on: date | None = Field(
        description="civil day on which the council sent the data of the appeal to the registry"
    )
    registry_entered_on: date | None = Field(
        description="civil day on which the registry entered the appeal"
    )
