"""A qualification's content as a council submits it: the form's columns and registry cards'."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from shared.clock import check_period
from shared.events.requirements import RequirementRule, rule_depth
from shared.schemas import CivilDay, RequestBody

MAX_RULE_DEPTH = 10
"""Levels of a rule tree. People read it; real ones have three."""

_LATIN_LOOK_ALIKES = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")


def _check_depth(rule: RequirementRule) -> RequirementRule:
    """Raises `ValueError` for a tree of more than `MAX_RULE_DEPTH` levels."""
    if rule_depth(rule) > MAX_RULE_DEPTH:
        raise PydanticCustomError(
            "qualification.rule_depth",
            "rules may stand at most {number} levels deep",
            {"number": MAX_RULE_DEPTH},
        )
    return rule


def _refuse_cyrillic(code: object) -> object:
    """Raises `ValueError` for a code with a Cyrillic letter that looks like a Latin one.

    It is the commonest fault in function codes.
    """
    if isinstance(code, str) and (latin_code := code.translate(_LATIN_LOOK_ALIKES)) != code:
        raise PydanticCustomError(
            "qualification.code_letter",
            "the letter of '{code}' is Cyrillic; write the Latin one: '{latin_code}'",
            {"code": code, "latin_code": latin_code},
        )
    return code


ShortText = Annotated[str, Field(min_length=1, max_length=500)]
LongText = Annotated[str, Field(min_length=1, max_length=10_000)]
Period = Annotated[str, Field(max_length=20, examples=["P3Y"]), AfterValidator(check_period)]
StandardCode = Annotated[str, Field(pattern=r"^\d{2}\.\d{3}$", examples=["07.010"])]
RegistryNumber = Annotated[str, Field(pattern=r"^\d{2}\.\d{5}\.\d{2,4}$", examples=["40.05800.01"])]
RequirementTree = Annotated[RequirementRule, AfterValidator(_check_depth)]


class StandardContent(RequestBody):
    """An occupational standard; its order's number and date may be unknown."""

    code: StandardCode
    title: ShortText
    order_number: str | None = Field(default=None, min_length=1, max_length=50, examples=["163н"])
    order_date: CivilDay | None = None


class LabourFunctionContent(RequestBody):
    """A labour function; its code has a Latin letter, for example `A/01.3`.

    Where the qualification rests on several standards, `standard` says whose function it is;
    absent, it is the first standard's.
    """

    code: Annotated[str, BeforeValidator(_refuse_cyrillic)] = Field(
        pattern=r"^[A-Z]/\d{2}\.\d(\.\d)?$", examples=["A/01.3"]
    )
    name: ShortText
    standard: StandardCode | None = None


class JobTitleContent(RequestBody):
    """A job title or trade by a reference book (order 726n, annex, column 11)."""

    title: ShortText
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
    """What the council's document lacked and the publisher supplied, and the reason."""

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
    reason: LongText


class Approval(RequestBody):
    """Who approved a version, by which protocol."""

    approved_by: ShortText
    protocol_number: str = Field(min_length=1, max_length=100)
    protocol_date: CivilDay
    order_number: str | None = Field(
        default=None, min_length=1, max_length=100, description="of the agency's order, if any"
    )


class FormContent(RequestBody):
    """The content of a version: the form's columns (order 726n, annex) and registry cards'."""

    council: ShortText
    registry_number: RegistryNumber | None = None
    name: ShortText
    occupational_standard: StandardContent | None = None
    further_standards: list[StandardContent] = Field(
        default_factory=list, max_length=10, description="other standards that it rests on as well"
    )
    level: int = Field(ge=1, le=9)
    sublevel: str | None = Field(default=None, pattern=r"^\d{1,2}(\.\d{1,2})?$")
    labour_functions: list[LabourFunctionContent] = Field(min_length=1, max_length=100)
    additional_information: LongText | None = Field(default=None, description="column 7")
    legal_requirement: LongText | None = Field(
        default=None, description="column 8: the requirement of a law, and the act"
    )
    requirements: RequirementTree
    requirements_text: LongText | None = Field(default=None, description="column 9 as printed")
    validity_term: Period | None = None
    additional_characteristics: LongText | None = Field(default=None, description="column 11")
    job_titles: list[JobTitleContent] = Field(default_factory=list, max_length=50)
    activity_type: ShortText | None = Field(
        default=None, description="kind of professional activity"
    )
    special_conditions: LongText | None = Field(
        default=None, description="special conditions of admission to work"
    )
    classifiers: list[Classifier] = Field(default_factory=list, max_length=50)
    completed_by_publisher: list[Completion] = Field(default_factory=list, max_length=20)

    @property
    def standards(self) -> list[StandardContent]:
        """All standards that it rests on: `occupational_standard`, then the further ones."""
        first_standards = [self.occupational_standard] if self.occupational_standard else []
        return first_standards + self.further_standards

    def to_json(self) -> dict[str, JsonValue]:
        """The members in their JSON form, in the order of the form."""
        return self.model_dump(mode="json", include=set(FormContent.model_fields))


class QualificationDraft(FormContent):
    """A qualification as a council submits it: the form's columns and registry cards'."""

    @model_validator(mode="after")
    def _check_coherence(self) -> Self:
        """Checks that nothing is repeated and that functions belong to its standards.

        Raises `ValueError`.
        """
        codes = [standard.code for standard in self.standards]
        if self.further_standards and not self.occupational_standard:
            raise PydanticCustomError(
                "qualification.first_standard", "name the first standard as occupational_standard"
            )
        _check_unique("standard", codes)
        for function in self.labour_functions:
            if function.standard is not None and function.standard not in codes:
                raise PydanticCustomError(
                    "qualification.function_standard",
                    "{code} belongs to standard {standard}, which the qualification does not rest "
                    "on",
                    {"code": function.code, "standard": function.standard},
                )
        first_code = codes[0] if codes else ""
        _check_unique(
            "code",
            [
                f"{labour_function.standard or first_code} {labour_function.code}".strip()
                for labour_function in self.labour_functions
            ],
        )
        _check_unique("job title", [title.title for title in self.job_titles])
        return self


def _check_unique(label: str, values: list[str]) -> None:
    """Raises `ValueError` naming the values that are repeated; `label` says what they are."""
    repeated_values = [value for value, count in Counter(values).items() if count > 1]
    if repeated_values:
        raise PydanticCustomError(
            "qualification.repeated",
            "each {label} may stand once; repeated: {repeated}",
            {"label": label, "repeated": ", ".join(repeated_values)},
        )
