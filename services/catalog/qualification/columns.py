"""The columns of a qualification's form and card as types: what each holds is said here once.

Bodies and answers are made of them; answers take what was checked when it was stored. The columns
are those of the form (order 726n of 12.12.2016, annex), and of the registry's cards.
"""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.clock import check_period
from shared.events.requirements import RequirementRule, rule_depth
from shared.values.codes import CodeForm
from shared.values.lines import FreeText, TextForm

MAX_VERSIONS = 10_000
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


ShortText = Annotated[str, TextForm(max_length=500)]
LongText = FreeText

VersionNumber = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_VERSIONS,
        description="number of the version: 1, 2, 3 in the order of drafting",
        examples=[1],
    ),
]
Council = Annotated[
    ShortText,
    Field(
        description="full name of the sector council whose qualification it is",
        examples=["Совет по профессиональным квалификациям офисных специалистов"],
    ),
]
RegistryNumber = Annotated[
    str,
    CodeForm(
        "qualification.registry_number",
        "write the number as the registry does, such as 40.05800.01",
        r"^[0-9]{2}\.[0-9]{5}\.[0-9]{2,4}$",
        max_length=13,
    ),
    Field(
        description="number in the national registry; null until the agency has given one",
        examples=["40.05800.01"],
    ),
]
QualificationName = Annotated[
    ShortText,
    Field(description="name of the qualification", examples=["Оператор контактного центра"]),
]
StandardCode = Annotated[
    str,
    CodeForm(
        "qualification.standard_code",
        "write the code of the standard as 07.010",
        r"^[0-9]{2}\.[0-9]{3}$",
        max_length=6,
    ),
    Field(
        description="code of an occupational standard: area of activity, number",
        examples=["07.010"],
    ),
]
Level = Annotated[
    int, Field(ge=1, le=9, description="level of qualification, 1 to 9", examples=[3])
]
Sublevel = Annotated[
    str,
    CodeForm(
        "qualification.sublevel",
        "write the sublevel as 3.1",
        r"^[0-9]{1,2}(\.[0-9]{1,2})?$",
        max_length=5,
    ),
    Field(
        description="level with its sublevel, where the standard has any",
        examples=["3.1"],
    ),
]
FunctionCode = Annotated[
    str,
    CodeForm(
        "qualification.function_code",
        "write the code of the function as A/01.3",
        r"^[A-Z]/[0-9]{2}\.[0-9](\.[0-9])?$",
        max_length=9,
    ),
    Field(
        description="code of a labour function, with a Latin letter",
        examples=["A/01.3"],
    ),
    BeforeValidator(_refuse_cyrillic),
]
AdditionalInformation = Annotated[
    LongText,
    Field(
        description="additional information on the functions (column 7)",
        examples=["Обслуживание на русском языке"],
    ),
]
LegalRequirement = Annotated[
    LongText,
    Field(
        description="requirement of a law that the qualification rests on, and the act (column 8)",
        examples=["Статья 213 Трудового кодекса Российской Федерации"],
    ),
]
StoredRequirements = Annotated[
    RequirementRule,
    Field(description="documents that admit to the examination, as a tree of rules (column 9)"),
]
RequirementTree = Annotated[StoredRequirements, AfterValidator(_check_depth)]
RequirementsText = Annotated[
    LongText,
    Field(
        description="the same documents in words, as printed (column 9)",
        examples=["Документ о среднем общем образовании"],
    ),
]
StoredTerm = Annotated[
    str,
    Field(
        max_length=20,
        description="how long certificates are valid, as an ISO 8601 period (column 10)",
        examples=["P3Y"],
    ),
]
ValidityTerm = Annotated[StoredTerm, AfterValidator(check_period)]
AdditionalCharacteristics = Annotated[
    LongText,
    Field(
        description="additional characteristics, such as trades and posts (column 11)",
        examples=["Оператор call-центра"],
    ),
]
ActivityType = Annotated[
    ShortText,
    Field(
        description="kind of professional activity, as registry cards have it",
        examples=["Дистанционное информационно-справочное обслуживание"],
    ),
]
SpecialConditions = Annotated[
    LongText,
    Field(
        description="special conditions of admission to work, as registry cards have them",
        examples=["Возраст не моложе 18 лет"],
    ),
]
Reason = Annotated[
    LongText,
    Field(
        description="why, in words for those who read it later",
        examples=["Наименование приведено к профессиональному стандарту"],
    ),
]
