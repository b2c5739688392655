"""Bodies and answers about plans of notices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas import RequestBody

THRESHOLDS_DESCRIPTION = (
    "days before the end of a certificate on which its holder is told that renewal is due; "
    "that it has expired is told in any case"
)


class NoticePlanRequest(RequestBody):
    """On how many days before the end holders are told."""

    thresholds_days: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(
        min_length=1, max_length=100, description=THRESHOLDS_DESCRIPTION, examples=[[180, 60, 14]]
    )


class NoticePlanAnswer(BaseModel):
    """On how many days before the end holders of a qualification's certificates are told."""

    qualification_id: UUID = Field(description="the qualification's id")
    revision: int = Field(description="how many changes there were; 0 before the first")
    thresholds_days: list[int] | None = Field(
        description=f"{THRESHOLDS_DESCRIPTION}; absent: as for all qualifications"
    )
    set_at: datetime | None = Field(description="when the council set it last; null: never")


class NoticePlanChangeAnswer(BaseModel):
    """One change of a plan: what was set, when, and by whom."""

    model_config = ConfigDict(from_attributes=True)

    revision: int = Field(description="the number of this change, from 1")
    thresholds_days: list[int] | None = Field(description="absent: as for all qualifications")
    set_at: datetime = Field(description="when it was set")
    set_by: str = Field(description="the subject of the token that set it")
