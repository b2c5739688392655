"""A qualification's content as a council submits it: the form's columns and registry cards'."""

from collections import Counter
from typing import Literal, Self, TypeAlias

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.catalog.qualification.columns import (
    ActivityType,
    AdditionalCharacteristics,
    AdditionalInformation,
    Council,
    FunctionCode,
    LegalRequirement,
    Level,
    QualificationName,
    Reason,
    RegistryNumber,
    RequirementsText,
    RequirementTree,
    ShortText,
    SpecialConditions,
    StandardCode,
    Sublevel,
    ValidityTerm,
)
from shared.schemas import CivilDay, RequestBody

CompletedColumn: TypeAlias = Literal[
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
"""The members of a draft that a publisher can supply."""


class StandardContent(RequestBody):
    """An occupational standard; its order's number and date may be unknown."""

    code: StandardCode
    title: ShortText = Field(
        description="title of the standard",
        examples=["Специалист по дистанционному информационно-справочному обслуживанию"],
    )
    order_number: str | None = Field(
        default=None,
        min_length=1,
        max_length=50,
        description="number of the ministry's order; null where it is not known",
        examples=["163н"],
    )
    order_date: CivilDay | None = Field(
        default=None,
        description="civil day of that order; null where it is not known",
        examples=["2018-03-19"],
    )


class LabourFunctionContent(RequestBody):
    """A labour function; its code has a Latin letter, for example `A/01.3`.

    Where the qualification rests on several standards, `standard` says whose function it is;
    absent, it is the first standard's.
    """

    code: FunctionCode
    name: ShortText = Field(
        description="name of the function",
        examples=["Информационно-справочная поддержка клиентов"],
    )
    standard: StandardCode | None = Field(
        default=None,
        description="code of the standard whose function it is; null for the first one's",
    )


class JobTitleContent(RequestBody):
    """A job title or trade by a reference book (order 726n, annex, column 11)."""

    title: ShortText = Field(
        description="the title as the book has it", examples=["Оператор call-центра"]
    )
    reference_book: Literal["etks", "eks", "okpdtr", "other"] = Field(
        description="ЕТКС (trades), ЕКС (posts), ОКПДТР (classifier), another"
    )
    code: str | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="code in the book, where it has codes",
        examples=["15985"],
    )
    grade: str | None = Field(
        default=None,
        min_length=1,
        max_length=50,
        description="grade, category or class",
        examples=["3-й разряд"],
    )


class Classifier(RequestBody):
    """A code of a national classifier, as registry cards have them."""

    classifier: Literal["okz", "okpdtr", "okso", "okved"] = Field(
        description="ОКЗ (occupations), ОКПДТР (posts), ОКСО (education), ОКВЭД (industries)"
    )
    code: str = Field(
        min_length=1,
        max_length=20,
        pattern=r"^[0-9.]+$",
        description="code in that classifier",
        examples=["4222"],
    )


class Completion(RequestBody):
    """What the council's document lacked and the publisher supplied, and the reason."""

    column: CompletedColumn = Field(description="member of the draft that was supplied")
    reason: Reason


class Approval(RequestBody):
    """Who approved a version, by which protocol."""

    approved_by: ShortText = Field(
        description="body that approved it",
        examples=["Национальное агентство развития квалификаций"],
    )
    protocol_number: str = Field(
        min_length=1, max_length=100, description="number of its protocol", examples=["17"]
    )
    protocol_date: CivilDay = Field(
        description="civil day of its protocol", examples=["2026-02-01"]
    )
    order_number: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="number of the agency's order, if any",
        examples=["12/26-ПР"],
    )


class FormContent(RequestBody):
    """The content of a version: the form's columns (order 726n, annex) and registry cards'."""

    council: Council
    registry_number: RegistryNumber | None = None
    name: QualificationName
    occupational_standard: StandardContent | None = Field(
        default=None,
        description="standard that it rests on; null where it rests on a legal requirement alone",
    )
    further_standards: list[StandardContent] = Field(
        default_factory=list,
        max_length=10,
        description="other standards that it rests on as well",
        examples=[[]],
    )
    level: Level
    sublevel: Sublevel | None = None
    labour_functions: list[LabourFunctionContent] = Field(
        min_length=1,
        max_length=100,
        description="functions that are examined, in the form's order (columns 5 and 6)",
    )
    additional_information: AdditionalInformation | None = None
    legal_requirement: LegalRequirement | None = None
    requirements: RequirementTree
    requirements_text: RequirementsText | None = None
    validity_term: ValidityTerm | None = None
    additional_characteristics: AdditionalCharacteristics | None = None
    job_titles: list[JobTitleContent] = Field(
        default_factory=list, max_length=50, description="job titles and trades (column 11)"
    )
    activity_type: ActivityType | None = None
    special_conditions: SpecialConditions | None = None
    classifiers: list[Classifier] = Field(
        default_factory=list, max_length=50, description="codes of national classifiers"
    )
    completed_by_publisher: list[Completion] = Field(
        default_factory=list,
        max_length=20,
        description="what the publisher supplied that the council's document lacked, and why",
    )

    @property
    def standards(self) -> list[StandardContent]:
        """All standards that it rests on: `occupational_standard`, then the further ones."""
        first_standards = [self.occupational_standard] if self.occupational_standard else []
        return first_standards + self.further_standards

    @property
    def is_term_confirmed(self) -> bool:
        """Whether the term of validity is the council's, and not the publisher's guess."""
        return all(
            completion.column != "validity_term" for completion in self.completed_by_publisher
        )

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
