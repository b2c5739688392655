"""Events of the catalog: qualifications of a sector council."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.base import Event
from shared.events.requirements import RequirementRule


class _EventPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OccupationalStandard(_EventPart):
    """The occupational standard that the examination confirms. Its order may be unknown."""

    code: str
    title: str
    order_number: str | None = None
    order_date: date | None = None


class LabourFunction(_EventPart):
    """A labour function: code such as `A/01.3`, and name.

    `standard` is the code of its occupational standard; when absent, that is the qualification's
    first one.
    """

    code: str
    name: str
    standard: str | None = None


class JobTitle(_EventPart):
    """A job title or trade by a reference book (`etks`, `eks`, `okpdtr`, `other`), with grade."""

    title: str
    reference_book: str
    code: str | None = None
    grade: str | None = None


class QualificationContent(_EventPart):
    """The content of one published version: the form's columns that other services need.

    `registry_number` is absent until the national agency has assigned one; `validity_term` is an
    ISO 8601 period such as `P3Y`. It rests on `occupational_standard` and on `further_standards`,
    or on a `legal_requirement`.
    """

    id: UUID
    version: int
    registry_number: str | None = None
    name: str
    council: str
    occupational_standard: OccupationalStandard | None = None
    further_standards: tuple[OccupationalStandard, ...] = ()
    level: int
    sublevel: str | None = None
    labour_functions: tuple[LabourFunction, ...]
    additional_information: str | None = None
    legal_requirement: str | None = None
    additional_characteristics: str | None = None
    job_titles: tuple[JobTitle, ...] = ()
    validity_term: str


class QualificationPublished(Event):
    """A version of a qualification was published: applications may name it from its effective day.

    In force from `effective_from` (absent: from the day of publication) until the next version
    takes effect or the qualification is withdrawn. `change` is `first`, `editorial` or
    `substantive`.
    """

    TYPE: ClassVar[str] = "catalog.qualification.published.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification: QualificationContent
    requirements: RequirementRule
    published_at: datetime
    effective_from: date | None = None
    change: str = "first"

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification.id)


class QualificationWithdrawn(Event):
    """A qualification ends: from the day `withdrawn_from` on, nobody may apply for it any more."""

    TYPE: ClassVar[str] = "catalog.qualification.withdrawn.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification_id: UUID
    withdrawn_from: date
    reason: str

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification_id)


class QualificationNoticePlanSet(Event):
    """A council set on how many days before the end holders of certificates are told of it.

    `thresholds_days` are the longest first, each at least 1; the day after the end is always one.
    Absent: what applies to all qualifications without thresholds of their own. `revision` counts
    what the council set for this qualification: the highest one stands, whenever it comes.
    """

    TYPE: ClassVar[str] = "catalog.qualification.notice_plan_set.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification_id: UUID
    revision: int
    thresholds_days: tuple[int, ...] | None = None
    set_at: datetime

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification_id)
