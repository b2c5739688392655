"""What the catalog publishes: qualifications of a sector council."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.base import Event
from shared.events.requirements import RequirementRule


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OccupationalStandard(_Part):
    """The occupational standard that the examination confirms. Its order may be unknown."""

    code: str
    title: str
    order_number: str | None = None
    order_date: date | None = None


class LabourFunction(_Part):
    """A labour function of the standard: code such as `A/01.3`, and name."""

    code: str
    name: str


class Qualification(_Part):
    """One published version of a qualification: the form's columns that others need.

    `registry_number` is absent until the national agency has assigned one; `validity_term` is an
    ISO 8601 period such as `P3Y`.
    """

    id: UUID
    version: int
    registry_number: str | None = None
    name: str
    council: str
    occupational_standard: OccupationalStandard | None = None
    level: int
    sublevel: str | None = None
    labour_functions: tuple[LabourFunction, ...]
    legal_requirement: str | None = None
    additional_characteristics: str | None = None
    validity_term: str


class QualificationPublished(Event):
    """A version of a qualification came into force: applications may name it."""

    TYPE: ClassVar[str] = "catalog.qualification.published.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification: Qualification
    requirements: RequirementRule
    published_at: datetime

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification.id)
