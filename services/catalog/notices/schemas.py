"""Bodies and answers about plans of notices."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.catalog.qualification.schemas import QualificationId
from shared.schemas import RequestBody, Revision, TokenSubject

MAX_THRESHOLDS = 100

Thresholds = Annotated[
    list[Annotated[int, Field(ge=1, le=100_000)]],
    Field(
        max_length=MAX_THRESHOLDS,
        description="days before the end of a certificate on which its holder is told that renewal"
        " is due; that it has expired is told in any case",
        examples=[[180, 60, 14]],
    ),
]
PlanThresholds = Annotated[
    Thresholds,
    Field(
        description="days before the end of a certificate on which its holder is told that renewal"
        " is due; null: as for all qualifications"
    ),
]


class NoticePlanRequest(RequestBody):
    """On how many days before the end holders are told."""

    thresholds_days: Annotated[Thresholds, Field(min_length=1)]


class NoticePlanAnswer(BaseModel):
    """On how many days before the end holders of a qualification's certificates are told."""

    qualification_id: QualificationId
    revision: Revision
    thresholds_days: PlanThresholds | None
    set_at: datetime | None = Field(description="when the council set it last; null: never")


class NoticePlanChangeAnswer(BaseModel):
    """One change of a plan: what was set, when, and by whom."""

    model_config = ConfigDict(from_attributes=True)

    revision: Revision = Field(description="number of this change, from 1")
    thresholds_days: PlanThresholds | None
    set_at: datetime = Field(description="when it was set")
    set_by: TokenSubject
