"""The bodies of appeals."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.applications.appeals.rules import Appellant, Ground, Outcome, Remedy
from services.applications.appeals.status import AppealStatus
from services.applications.application.schemas import Day, Line, Prose, Recorded
from shared.schemas import RequestBody


class NewAppeal(RequestBody):
    """A written complaint."""

    appellant: Appellant
    appellant_name: Line
    ground: Ground
    said: Prose
    informed_on: Day = Field(description="when the appellant learned of the results")
    filed_on: Day


class Registered(Recorded):
    """The commission has registered the appeal and told the appellant so."""

    registration_number: Line
    registered_on: Day


class Hearing(Recorded):
    """When and where the appeal is heard."""

    starts_at: AwareDatetime
    place: Line
    told_on: Day = Field(description="when the appellant was told")


class CommissionMember(RequestBody):
    """A member of the appeals commission, there or not; `in_favour` is the vote."""

    name: Line
    present: bool = Field(description="in the room or remotely")
    in_favour: bool | None = None
    conflict: bool = Field(default=False, description="declared a conflict of interest")


class AppealDecision(Recorded):
    """What the commission decided."""

    outcome: Outcome
    remedy: Remedy | None = None
    reasons: Prose
    decided_on: Day
    chair: Line
    members: Annotated[list[CommissionMember], Field(min_length=1, max_length=50)]


class Dated(Recorded):
    """The day of a step."""

    on: Day


class Appeal(BaseModel):
    """An appeal as it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    application_id: UUID
    status: AppealStatus
    revision: int
    appellant: Appellant
    appellant_name: str | None
    ground: Ground
    said: str | None
    informed_on: date
    filed_on: date
    registration_number: str | None
    registered_on: date | None
    hearing_at: datetime | None
    place: str | None
    chair: str | None
    outcome: Outcome | None
    remedy: Remedy | None
    reasons: str | None
    decided_on: date | None
    sent_on: date | None
    executed_on: date | None
