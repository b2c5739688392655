"""Answers about qualifications, their versions and their changes."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.catalog.qualification.columns import (
    ActivityType,
    AdditionalCharacteristics,
    AdditionalInformation,
    Council,
    LegalRequirement,
    Level,
    LongText,
    QualificationName,
    RegistryNumber,
    RequirementsText,
    SpecialConditions,
    StandardCode,
    StoredRequirements,
    StoredTerm,
    Sublevel,
    VersionNumber,
)
from services.catalog.qualification.form import (
    Approval,
    Classifier,
    Completion,
    JobTitleContent,
    LabourFunctionContent,
    StandardContent,
)
from services.catalog.qualification.in_force import InForceState
from services.catalog.qualification.status import Change, Status
from shared.schemas import Count, Position, Revision
from shared.text_contents import LastLine

MAX_DIFFERENCES = 10_000

QualificationId = Annotated[UUID, Field(description="id of the qualification, of all its versions")]
VersionStatus = Annotated[
    Status,
    Field(description="status of the version; it says who acts next", examples=["published"]),
]
StateOnDay = Annotated[
    InForceState,
    Field(
        description="whether it is in force on the day asked about; null while not published",
        examples=["in_force"],
    ),
]
EffectiveFrom = Annotated[
    date,
    Field(
        description="first civil day in force; null while not published", examples=["2026-03-02"]
    ),
]
EffectiveUntil = Annotated[
    date,
    Field(
        description="first civil day on which it is no longer in force; null: no end is set",
        examples=["2027-01-01"],
    ),
]


class AnswerBase(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)


class QualificationAnswer(AnswerBase):
    """One version of a qualification.

    In force on every day from `effective_from` to the day before `effective_until`; `state` says
    what that makes it on the day asked about. `absent` names the form's columns that nobody filled.
    """

    id: QualificationId
    version: VersionNumber
    status: VersionStatus
    state: StateOnDay | None
    revision: Revision
    change: Change = Field(description="how the version relates to the one before it")
    change_reason: LongText | None = Field(
        description="why it was changed; null of a first version",
        examples=["Наименование приведено к профессиональному стандарту"],
    )
    remarks: LongText | None = Field(
        description="remarks with which it came back to the council; null where it never did",
        examples=["Уточните стаж работы: укажите месяцы"],
    )
    approval: Approval | None = Field(description="who approved it; null before the approval")
    effective_from: EffectiveFrom | None
    effective_until: EffectiveUntil | None
    withdrawal_reason: LongText | None = Field(
        description="why the qualification ended; null while it has not",
        examples=["Профессиональный стандарт отменён"],
    )
    created_at: datetime = Field(description="when the version was drafted")
    submitted_at: datetime | None = Field(
        description="when it was handed to the experts last; null before"
    )
    published_at: datetime | None = Field(description="when it was published; null before")
    council: Council
    registry_number: RegistryNumber | None
    name: QualificationName
    occupational_standard: StandardContent | None = Field(
        description="standard that it rests on; null where it rests on a legal requirement alone"
    )
    further_standards: list[StandardContent] = Field(
        default_factory=list,
        max_length=10,
        description="other standards that it rests on as well",
        examples=[[]],
    )
    level: Level
    sublevel: Sublevel | None
    labour_functions: list[LabourFunctionContent] = Field(
        max_length=100, description="functions that are examined, in the form's order"
    )
    additional_information: AdditionalInformation | None = None
    legal_requirement: LegalRequirement | None
    requirements: StoredRequirements
    requirements_text: RequirementsText | None
    validity_term: StoredTerm | None
    additional_characteristics: AdditionalCharacteristics | None
    job_titles: list[JobTitleContent] = Field(
        default_factory=list, max_length=50, description="job titles and trades (column 11)"
    )
    activity_type: ActivityType | None = None
    special_conditions: SpecialConditions | None = None
    classifiers: list[Classifier] = Field(
        default_factory=list, max_length=50, description="codes of national classifiers"
    )
    completed_by_publisher: list[Completion] = Field(
        max_length=20,
        description="what the publisher supplied that the council's document lacked, and why",
    )
    absent: list[
        Annotated[str, Field(max_length=60, examples=["occupational_standard.order_number"])]
    ] = Field(max_length=20, description="columns of the form that nobody filled")


class QualificationSummaryAnswer(AnswerBase):
    """A version of a qualification as an item of a list."""

    id: QualificationId
    version: VersionNumber
    status: VersionStatus
    state: StateOnDay | None
    registry_number: RegistryNumber | None
    name: QualificationName
    council: Council
    level: Level
    sublevel: Sublevel | None
    standards: list[StandardCode] = Field(
        max_length=11, description="codes of the occupational standards, the first one first"
    )
    validity_term: StoredTerm | None
    effective_from: EffectiveFrom | None
    effective_until: EffectiveUntil | None


class ExportEnd(LastLine):
    """The last line of an export: without it the answer was broken off."""

    count: Count = Field(description="how many qualifications there were", examples=[5])
    position: Position = Field(
        description="the last change then; go on with `/v1/changes` after it", examples=[12]
    )


class DifferenceAnswer(AnswerBase):
    """One place in which two versions differ."""

    pointer: str = Field(
        max_length=2_000,
        description="JSON pointer into the version; a code or a title stands for an index",
        examples=["/labour_functions/A~101.3/name"],
    )
    before: JsonValue = Field(
        description="value of the old version; null where it has none",
        examples=["Поддержка клиентов"],
    )
    after: JsonValue = Field(
        description="value of the new version; null where it has none",
        examples=["Информационно-справочная поддержка клиентов"],
    )
    substantive: bool = Field(description="whether it is more than wording (order 726n, item 20)")


class DifferencesAnswer(AnswerBase):
    """What differs between two versions, which are given by their numbers."""

    id: QualificationId
    before_version: int = Field(
        ge=0, le=10_000, description="number of the old version; 0: there is none", examples=[1]
    )
    after_version: VersionNumber
    substantive: bool = Field(description="whether any of the differences is substantive")
    items: list[DifferenceAnswer] = Field(
        max_length=MAX_DIFFERENCES, description="differences, in the order of the form"
    )
