"""A qualification as a council submits it: the columns of the form, and what registry cards add."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shared.clock import check_period
from shared.events.requirements import RequirementRule, depth
from shared.schemas import RequestBody

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


def _written_out(value: Any) -> Any:
    """Refuses what pydantic would take for a date too: seconds since 1970, a date with a time."""
    if not isinstance(value, str | date):
        raise ValueError("a date is written as 2026-03-31")
    return value


Line = Annotated[str, Field(min_length=1, max_length=500)]
Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
Period = Annotated[str, Field(max_length=20, examples=["P3Y"]), AfterValidator(check_period)]
Day = Annotated[date, BeforeValidator(_written_out)]
StandardCode = Annotated[str, Field(pattern=r"^\d{2}\.\d{3}$", examples=["07.010"])]
RegistryNumber = Annotated[str, Field(pattern=r"^\d{2}\.\d{5}\.\d{2,4}$", examples=["40.05800.01"])]
Rules = Annotated[RequirementRule, AfterValidator(_readable)]


class OccupationalStandard(RequestBody):
    """The occupational standard; its order's number and date may be unknown."""

    code: StandardCode
    title: Line
    order_number: str | None = Field(default=None, min_length=1, max_length=50, examples=["163н"])
    order_date: Day | None = None


class LabourFunction(RequestBody):
    """A labour function; its code has a Latin letter, for example `A/01.3`.

    Where the qualification rests on several standards, `standard` says whose function it is;
    absent, it is the first standard's.
    """

    code: Annotated[str, BeforeValidator(_latin)] = Field(
        pattern=r"^[A-Z]/\d{2}\.\d(\.\d)?$", examples=["A/01.3"]
    )
    name: Line
    standard: StandardCode | None = None


class JobTitle(RequestBody):
    """A job title or trade by a reference book (order 726n, annex, column 11)."""

    title: Line
    reference_book: Literal["etks", "eks", "okpdtr", "other"] = Field(
        description="ЕТКС (trades), ЕКС (posts), ОКПДТР (classifier), another"
    )
    code: str | None = Field(default=None, min_length=1, max_length=20)
    grade: str | None = Field(
        default=None, min_length=1, max_length=50, description="grade, category or class"
    )


class Classifier(RequestBody):
    """A code of a national classifier, as registry cards have them."""

    classifier: Literal["okz", "okpdtr", "okso", "okved"]
    code: str = Field(min_length=1, max_length=20, pattern=r"^[\d.]+$")


class Completion(RequestBody):
    """What the council's document lacked and the publisher supplied, and why."""

    column: Literal[
        "council",
        "registry_number",
        "name",
        "occupational_standard",
        "level",
        "sublevel",
        "labour_functions",
        "additional_information",
        "legal_requirement",
        "requirements",
        "validity_term",
        "additional_characteristics",
        "job_titles",
        "activity_type",
        "special_conditions",
        "classifiers",
    ]
    reason: Prose


class QualificationDraft(RequestBody):
    """A qualification's content: the columns of the form (order 726n, annex), and the card's."""

    council: Line
    registry_number: RegistryNumber | None = None
    name: Line
    occupational_standard: OccupationalStandard | None = None
    further_standards: list[OccupationalStandard] = Field(
        default_factory=list, max_length=10, description="other standards that it rests on as well"
    )
    level: int = Field(ge=1, le=9)
    sublevel: str | None = Field(default=None, pattern=r"^\d{1,2}(\.\d{1,2})?$")
    labour_functions: list[LabourFunction] = Field(min_length=1, max_length=100)
    additional_information: Prose | None = Field(default=None, description="column 7")
    legal_requirement: Prose | None = Field(
        default=None, description="column 8: the requirement of a law, and the act"
    )
    requirements: Rules
    requirements_text: Prose | None = Field(default=None, description="column 9 as printed")
    validity_term: Period | None = None
    additional_characteristics: Prose | None = Field(default=None, description="column 11")
    job_titles: list[JobTitle] = Field(default_factory=list, max_length=50)
    activity_type: Line | None = Field(default=None, description="kind of professional activity")
    special_conditions: Prose | None = Field(
        default=None, description="special conditions of admission to work"
    )
    classifiers: list[Classifier] = Field(default_factory=list, max_length=50)
    completed_by_publisher: list[Completion] = Field(default_factory=list, max_length=20)

    @property
    def standards(self) -> list[OccupationalStandard]:
        """All standards that it rests on, the first one first."""
        first = [self.occupational_standard] if self.occupational_standard else []
        return first + self.further_standards

    @model_validator(mode="after")
    def _coherent(self) -> "QualificationDraft":
        codes = [standard.code for standard in self.standards]
        if self.further_standards and not self.occupational_standard:
            raise ValueError("name the first standard as occupational_standard")
        _check_each_once("standard", codes)
        for function in self.labour_functions:
            if function.standard is not None and function.standard not in codes:
                raise ValueError(
                    f"{function.code} belongs to standard {function.standard}, "
                    "which the qualification does not rest on"
                )
        own = codes[0] if codes else ""
        _check_each_once(
            "code", [f"{f.standard or own} {f.code}".strip() for f in self.labour_functions]
        )
        _check_each_once("job title", [title.title for title in self.job_titles])
        return self


def _check_each_once(what: str, values: list[str]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise ValueError(f"each {what} may stand once; repeated: {', '.join(twice)}")
