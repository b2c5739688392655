"""Events of the catalog: qualifications of a sector council."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import Event
from shared.events.requirements import RequirementRule
from shared.events.values import (
    MAX_INTEGER,
    EventCode,
    EventQualificationId,
)
from shared.stated import Stated

ContentLine = Annotated[str, Stated(500, 1)]
ContentText = Annotated[str, Stated(10_000, 1)]
ContentStandardCode = Annotated[str, Stated(6, 6)]
EventThresholds = Annotated[tuple[Annotated[int, Stated(100_000, 1)], ...], Stated(100)]


class _EventPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OccupationalStandard(_EventPart):
    """The occupational standard that the examination confirms. Its order may be unknown."""

    code: ContentStandardCode = Field(description="the standard's code", examples=["07.010"])
    title: ContentLine = Field(description="the standard's title", examples=["Лифтёр"])
    order_number: Annotated[str, Stated(50, 1)] | None = Field(
        default=None,
        description="the number of the ministry's order; null where it is unknown",
        examples=["163н"],
    )
    order_date: date | None = Field(
        default=None,
        description="the civil day of that order; null where it is unknown",
        examples=["2024-03-31"],
    )


class LabourFunction(_EventPart):
    """A labour function: code such as `A/01.3`, and name.

    `standard` is the code of its occupational standard; when absent, that is the qualification's
    first one.
    """

    code: Annotated[str, Stated(8, 6)] = Field(
        description="the function's code in its standard", examples=["A/01.3"]
    )
    name: ContentLine = Field(description="what is done", examples=["Управление лифтом"])
    standard: ContentStandardCode | None = Field(
        default=None,
        description="the code of its standard; null: the qualification's first one",
        examples=["07.010"],
    )


class JobTitle(_EventPart):
    """A job title or trade by a reference book (`etks`, `eks`, `okpdtr`, `other`), with grade."""

    title: ContentLine = Field(description="the title or trade", examples=["Лифтёр"])
    reference_book: Annotated[str, Stated(20, 1)] = Field(
        description="the book that has it: `etks`, `eks`, `okpdtr` or `other`", examples=["etks"]
    )
    code: Annotated[str, Stated(20, 1)] | None = Field(
        default=None, description="its code in that book", examples=["13413"]
    )
    grade: Annotated[str, Stated(50, 1)] | None = Field(
        default=None, description="grade, category or class", examples=["2 разряд"]
    )


class QualificationContent(_EventPart):
    """The content of one published version: the form's columns that other services need.

    `registry_number` is absent until the national agency has assigned one; `validity_term` is an
    ISO 8601 period such as `P3Y`, and `term_confirmed` says whether it is the council's. It rests
    on `occupational_standard` and on `further_standards`, or on a `legal_requirement`.
    """

    id: EventQualificationId
    version: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        description="the number of the version, from 1", examples=[2]
    )
    registry_number: Annotated[str, Stated(13, 11)] | None = Field(
        default=None,
        description="the qualification's number in the registry; null before it has one",
        examples=["07.01000.01"],
    )
    name: ContentLine = Field(
        description="the qualification's name", examples=["Лифтёр (3-й уровень квалификации)"]
    )
    council: ContentLine = Field(
        description="the sector council's name",
        examples=["СПК в лифтовой отрасли"],
    )
    occupational_standard: OccupationalStandard | None = Field(
        default=None, description="the standard that it rests on; null where a law asks for it"
    )
    further_standards: Annotated[tuple[OccupationalStandard, ...], Stated(10)] = Field(
        default=(), description="other standards that it rests on as well"
    )
    level: Annotated[int, Stated(9, 1)] = Field(
        description="the level of qualification, 1 to 9", examples=[3]
    )
    sublevel: Annotated[str, Stated(5, 1)] | None = Field(
        default=None, description="the sublevel; null where there is none", examples=["3.1"]
    )
    labour_functions: Annotated[tuple[LabourFunction, ...], Stated(100)] = Field(
        description="the labour functions that it covers"
    )
    additional_information: ContentText | None = Field(
        default=None, description="column 7 of the form (order 726n); null where it is blank"
    )
    legal_requirement: ContentText | None = Field(
        default=None, description="the requirement of a law, and the act; null where there is none"
    )
    additional_characteristics: ContentText | None = Field(
        default=None, description="column 11 of the form; null where it is blank"
    )
    job_titles: Annotated[tuple[JobTitle, ...], Stated(50)] = Field(
        default=(), description="the job titles and trades that it is for"
    )
    validity_term: Annotated[str, Stated(20, 3)] = Field(
        description="how long a certificate is valid, an ISO 8601 period", examples=["P3Y"]
    )
    term_confirmed: bool = Field(
        default=True,
        description="whether the term is the council's; false where the publisher supplied it and "
        "the council has not confirmed it",
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
    change: EventCode = Field(default="first", description="`first`, `editorial` or `substantive`")

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification.id)


class QualificationWithdrawn(Event):
    """A qualification ends: from the day `withdrawn_from` on, nobody may apply for it any more."""

    TYPE: ClassVar[str] = "catalog.qualification.withdrawn.v1"
    TOPIC: ClassVar[str] = "catalog.qualification"

    qualification_id: EventQualificationId
    withdrawn_from: date = Field(description="the first civil day on which nobody may apply")
    reason: ContentText = Field(description="the council's reason")

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

    qualification_id: EventQualificationId
    revision: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        description="the number of this change, from 1"
    )
    thresholds_days: EventThresholds | None = Field(
        default=None, description="days before the end, the longest first"
    )
    set_at: datetime = Field(description="when the council set it")

    @property
    def key(self) -> str:
        """The qualification's id."""
        return str(self.qualification_id)
