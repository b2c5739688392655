"""Events of the catalog: qualifications of a sector council."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.events.requirements import RequirementRule
from shared.events.values import (
    MAX_INTEGER,
    Code,
    Prose,
    QualificationId,
    QualificationVersion,
    RegistryNumber,
    StandardCode,
    Title,
)


class _EventPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OccupationalStandard(_EventPart):
    """The occupational standard that the examination confirms. Its order may be unknown."""

    code: StandardCode
    title: Title = Field(description="the standard's title")
    order_number: Code | None = Field(
        default=None, description="the number of the ministry's order", examples=["163н"]
    )
    order_date: date | None = Field(default=None, description="the day of the ministry's order")


class LabourFunction(_EventPart):
    """A labour function: code such as `A/01.3`, and name.

    `standard` is the code of its occupational standard; when absent, that is the qualification's
    first one.
    """

    code: Code = Field(description="the function's code in its standard", examples=["A/01.3"])
    name: Title = Field(description="the function's name")
    standard: StandardCode | None = Field(
        default=None, description="the code of its standard; absent: the first one's"
    )


class JobTitle(_EventPart):
    """A job title or trade by a reference book (`etks`, `eks`, `okpdtr`, `other`), with grade."""

    title: Title = Field(description="the job title or trade")
    reference_book: Code = Field(
        description="the book that names it: `etks`, `eks`, `okpdtr` or `other`"
    )
    code: Code | None = Field(default=None, description="its code in that book")
    grade: Code | None = Field(default=None, description="grade, category or class")


class QualificationContent(_EventPart):
    """The content of one published version: the form's columns that other services need.

    `registry_number` is absent until the national agency has assigned one; `validity_term` is an
    ISO 8601 period such as `P3Y`. It rests on `occupational_standard` and on `further_standards`,
    or on a `legal_requirement`.
    """

    id: QualificationId
    version: QualificationVersion
    registry_number: RegistryNumber | None = Field(
        default=None, description="its number in the registry; absent until the agency assigns it"
    )
    name: Title = Field(description="the qualification's name")
    council: Title = Field(description="the sector council's name")
    occupational_standard: OccupationalStandard | None = Field(
        default=None, description="the first standard that it rests on"
    )
    further_standards: tuple[OccupationalStandard, ...] = Field(
        default=(), max_length=100, description="other standards that it rests on as well"
    )
    level: int = Field(ge=1, le=9, description="the level of qualification")
    sublevel: Code | None = Field(
        default=None, description="the sublevel, where the standard has any", examples=["3.1"]
    )
    labour_functions: tuple[LabourFunction, ...] = Field(
        max_length=1000, description="what the holder can do"
    )
    additional_information: Prose | None = Field(default=None, description="the form's column 7")
    legal_requirement: Prose | None = Field(
        default=None, description="the form's column 8: the requirement of a law, and the act"
    )
    additional_characteristics: Prose | None = Field(
        default=None, description="the form's column 11 in prose"
    )
    job_titles: tuple[JobTitle, ...] = Field(
        default=(), max_length=500, description="job titles and trades that it answers to"
    )
    validity_term: Code = Field(
        description="how long a certificate is valid, an ISO 8601 period", examples=["P3Y"]
    )


class QualificationPublished(Event):
    """A version of a qualification was published: applications may name it from its effective day.

    In force from `effective_from` (absent: from the day of publication) until the next version
    takes effect or the qualification is withdrawn. `change` is `first`, `editorial` or
    `substantive`.
    """

    TYPE: ClassVar[str] = "catalog.qualification.published.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification: QualificationContent = Field(description="the version's content")
    requirements: RequirementRule = Field(
        description="which documents admit to the examination, as a tree of alternatives"
    )
    published_at: datetime = Field(description="when it was published")
    effective_from: date | None = Field(
        default=None, description="the civil day from which it is in force"
    )
    change: Code = Field(default="first", description="`first`, `editorial` or `substantive`")

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification.id)


class QualificationWithdrawn(Event):
    """A qualification ends: from the day `withdrawn_from` on, nobody may apply for it any more."""

    TYPE: ClassVar[str] = "catalog.qualification.withdrawn.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification_id: QualificationId
    withdrawn_from: date = Field(description="the first civil day on which nobody may apply")
    reason: Prose = Field(description="the council's reason")

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

    qualification_id: QualificationId
    revision: int = Field(ge=1, le=MAX_INTEGER, description="the number of this change, from 1")
    thresholds_days: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] | None = Field(
        default=None, max_length=100, description="days before the end, the longest first"
    )
    set_at: datetime = Field(description="when the council set it")

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification_id)
