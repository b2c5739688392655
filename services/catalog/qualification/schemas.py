"""Answers about qualifications, their versions and their changes."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.catalog.qualification.form import (
    Classifier,
    Completion,
    JobTitleContent,
    LabourFunctionContent,
    StandardContent,
)
from services.catalog.qualification.in_force import InForceState
from services.catalog.qualification.status import Change, Status
from shared.events.requirements import RequirementRule


class AnswerBase(BaseModel):
    """The base of answers that are read off a row."""

    model_config = ConfigDict(from_attributes=True)


class ApprovalAnswer(AnswerBase):
    """Who approved the version, by which protocol."""

    approved_by: str
    protocol_number: str
    protocol_date: date
    order_number: str | None = None


class QualificationAnswer(AnswerBase):
    """One version of a qualification.

    In force on every day from `effective_from` to the day before `effective_until`; `state` says
    what that makes it on the day asked about. `absent` names the form's columns that nobody filled.
    """

    id: UUID
    version: int
    status: Status
    state: InForceState | None = Field(description="absent while not published")
    revision: int
    change: Change
    change_reason: str | None
    remarks: str | None
    approval: ApprovalAnswer | None
    effective_from: date | None
    effective_until: date | None
    withdrawal_reason: str | None
    created_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    council: str
    registry_number: str | None
    name: str
    occupational_standard: StandardContent | None
    further_standards: list[StandardContent] = Field(default_factory=list)
    level: int
    sublevel: str | None
    labour_functions: list[LabourFunctionContent]
    additional_information: str | None = None
    legal_requirement: str | None
    requirements: RequirementRule
    requirements_text: str | None
    validity_term: str | None
    additional_characteristics: str | None
    job_titles: list[JobTitleContent] = Field(default_factory=list)
    activity_type: str | None = None
    special_conditions: str | None = None
    classifiers: list[Classifier] = Field(default_factory=list)
    completed_by_publisher: list[Completion]
    absent: list[str]


class QualificationSummaryAnswer(AnswerBase):
    """A version of a qualification as an item of a list."""

    id: UUID
    version: int
    status: Status
    state: InForceState | None
    registry_number: str | None
    name: str
    council: str
    level: int
    sublevel: str | None
    standards: list[str] = Field(description="codes of the occupational standards")
    validity_term: str | None
    effective_from: date | None
    effective_until: date | None


class ExportEnd(BaseModel):
    """The last line of an export: without it the answer was broken off."""

    end: Literal[True] = Field(description="that this is the last line")
    count: int = Field(description="how many qualifications there were")
    position: int = Field(description="the last change then; go on with `/v1/changes` after it")


class DifferenceAnswer(AnswerBase):
    """One place in which two versions differ; `before` and `after` are its values."""

    pointer: str
    before: JsonValue
    after: JsonValue
    substantive: bool


class DifferencesAnswer(AnswerBase):
    """What differs between two versions, which are given by their numbers.

    `substantive` tells whether any difference is.
    """

    id: UUID
    before_version: int
    after_version: int
    substantive: bool
    differences: list[DifferenceAnswer]
