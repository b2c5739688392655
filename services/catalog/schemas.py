"""The catalog's request and response bodies."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from services.catalog.lifecycle import Status
from shared.clock import check_period
from shared.events.requirements import RequirementRule, depth
from shared.http import RequestBody

Line = Annotated[str, Field(min_length=1, max_length=500)]
Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
Period = Annotated[str, Field(max_length=20, examples=["P3Y"]), AfterValidator(check_period)]


DEEPEST_RULES = 10
"""Levels of a rule tree. People read it; real ones have three."""

_LOOK_ALIKES = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")


def _readable(rule: RequirementRule) -> RequirementRule:
    if depth(rule) > DEEPEST_RULES:
        raise ValueError(f"rules may stand at most {DEEPEST_RULES} levels deep")
    return rule


def _latin(code: object) -> object:
    """Cyrillic letters that look like Latin ones are the commonest fault in function codes."""
    if isinstance(code, str) and (latin := code.translate(_LOOK_ALIKES)) != code:
        raise ValueError(f"the letter of '{code}' is Cyrillic; write the Latin one: '{latin}'")
    return code


Rules = Annotated[RequirementRule, AfterValidator(_readable)]


class OccupationalStandard(RequestBody):
    """The occupational standard; its order's number and date may be unknown."""

    code: str = Field(pattern=r"^\d{2}\.\d{3}$", examples=["07.010"])
    title: Line
    order_number: str | None = Field(default=None, min_length=1, max_length=50, examples=["163н"])
    order_date: date | None = None


class LabourFunction(RequestBody):
    """A labour function; its code has a Latin letter, for example `A/01.3`."""

    code: Annotated[str, BeforeValidator(_latin)] = Field(
        pattern=r"^[A-Z]/\d{2}\.\d(\.\d)?$", examples=["A/01.3"]
    )
    name: Line


class Completion(RequestBody):
    """What the council's document lacked and the publisher supplied, and why."""

    column: Literal[
        "registry_number",
        "occupational_standard",
        "labour_functions",
        "requirements",
        "validity_term",
    ]
    reason: Prose


class QualificationDraft(RequestBody):
    """A qualification as a council submits it: the columns of the form (order 726n, annex)."""

    council: Line
    registry_number: str | None = Field(
        default=None, pattern=r"^\d{2}\.\d{5}\.\d{2,4}$", examples=["40.05800.01"]
    )
    name: Line
    occupational_standard: OccupationalStandard | None = None
    level: int = Field(ge=1, le=9)
    sublevel: str | None = Field(default=None, pattern=r"^\d{1,2}(\.\d{1,2})?$")
    labour_functions: list[LabourFunction] = Field(min_length=1, max_length=100)
    legal_requirement: Prose | None = None
    requirements: Rules
    requirements_text: Prose | None = Field(default=None, description="column 9 as printed")
    validity_term: Period | None = None
    additional_characteristics: Prose | None = None
    completed_by_publisher: list[Completion] = Field(default_factory=list, max_length=20)

    @field_validator("labour_functions")
    @classmethod
    def _each_once(cls, functions: list[LabourFunction]) -> list[LabourFunction]:
        twice = [code for code, n in Counter(f.code for f in functions).items() if n > 1]
        if twice:
            raise ValueError(f"each code may stand once; repeated: {', '.join(twice)}")
        return functions


class Qualification(BaseModel):
    """A qualification. `absent` names the form's columns that nobody has filled."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Status
    revision: int
    version: int = Field(description="counts publications; 0 while a draft")
    council: str
    registry_number: str | None
    name: str
    occupational_standard: OccupationalStandard | None
    level: int
    sublevel: str | None
    labour_functions: list[LabourFunction]
    legal_requirement: str | None
    requirements: RequirementRule
    requirements_text: str | None
    validity_term: str | None
    additional_characteristics: str | None
    completed_by_publisher: list[Completion]
    absent: list[str]
    published_at: datetime | None


class QualificationSummary(BaseModel):
    """A qualification in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: Status
    version: int
    registry_number: str | None
    name: str
    council: str
    level: int
    validity_term: str | None
