"""What could be read of a qualification: a draft whose members may be missing.

Nothing is checked here beyond the shape: a draft becomes valid when a publisher has completed it.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from shared.events.requirements import RequirementRule

_MAX_READ_CHARACTERS = 20_000
"""Of a cell, and so of what is read in it: `TableLimits.cell_length`."""


def _read_text(description: str, example: str) -> Any:
    """Text of any form: its bound tells clients how long a cell can be, and refuses nothing."""
    return Field(
        description=description,
        examples=[example],
        json_schema_extra={"maxLength": _MAX_READ_CHARACTERS},
    )


def _read_list(description: str) -> Any:
    """A list of what stands in cells, however many there are."""
    return Field(description=description, json_schema_extra={"maxItems": _MAX_READ_CHARACTERS})


ReadCode = Annotated[str, _read_text("code as printed", "07.010")]
StandardTitle = Annotated[
    str,
    _read_text(
        "title of the standard",
        "Специалист по дистанционному информационно-справочному обслуживанию",
    ),
]
FunctionName = Annotated[
    str,
    _read_text(
        "name of the function; null where names cannot be told apart",
        "Информационно-справочная поддержка клиентов",
    ),
]


class CandidatePart(BaseModel, frozen=True):
    """The base of what is read of a table."""


class CandidateStandard(CandidatePart):
    """An occupational standard as printed; a code that is neither printed nor known is None."""

    code: ReadCode | None
    title: StandardTitle
    order_number: Annotated[str, _read_text("number of the ministry's order", "163н")] | None
    order_date: date | None = Field(description="civil day of that order; null where unread")


class CandidateFunction(CandidatePart):
    """A labour function; its name is None where names cannot be told apart.

    `standard` is None for a function of the first standard.
    """

    code: Annotated[str, _read_text("code of the function", "A/01.3")]
    name: FunctionName | None
    standard: Annotated[str, _read_text("code of its standard; null: the first", "07.010")] | None


class CandidateJobTitle(CandidatePart):
    """A job title or trade, by a reference book."""

    title: Annotated[str, _read_text("title as printed", "Оператор call-центра")]
    reference_book: Annotated[str, _read_text("book: etks, eks, okpdtr or other", "okpdtr")]
    code: Annotated[str, _read_text("code in the book", "15985")] | None
    grade: Annotated[str, _read_text("grade, category or class", "3-й разряд")] | None


class CandidateClassifier(CandidatePart):
    """A code of a national classifier."""

    classifier: Annotated[str, _read_text("classifier: okz, okpdtr, okso or okved", "okz")]
    code: Annotated[str, _read_text("code in the classifier", "4222")]


class CandidateCompletion(CandidatePart):
    """What an earlier publisher supplied, as an export says it, and the reason."""

    column: Annotated[str, _read_text("member of the draft that was supplied", "validity_term")]
    reason: Annotated[str, _read_text("why it was supplied", "Срок установлен протоколом № 17")]


class RegistryCard(CandidatePart):
    """What registry cards add to the form's columns."""

    activity_type: (
        Annotated[
            str,
            _read_text(
                "kind of professional activity", "Дистанционное информационное обслуживание"
            ),
        ]
        | None
    ) = None
    special_conditions: (
        Annotated[
            str, _read_text("special conditions of admission to work", "Возраст не моложе 18 лет")
        ]
        | None
    ) = None
    classifiers: Annotated[
        tuple[CandidateClassifier, ...], _read_list("codes of national classifiers")
    ] = ()


class CandidateDraft(RegistryCard):
    """The members of the catalog's draft, None or empty where nothing could be read."""

    council: (
        Annotated[
            str,
            _read_text(
                "full name of the sector council",
                "Совет по профессиональным квалификациям офисных специалистов",
            ),
        ]
        | None
    )
    registry_number: (
        Annotated[str, _read_text("number in the national registry (column 1)", "40.05800.01")]
        | None
    )
    name: (
        Annotated[
            str, _read_text("name of the qualification (column 2)", "Оператор контактного центра")
        ]
        | None
    )
    occupational_standard: CandidateStandard | None = Field(
        description="first standard (column 3); null where none could be read"
    )
    further_standards: tuple[CandidateStandard, ...] = Field(
        description="other standards of column 3",
        examples=[[]],
        json_schema_extra={"maxItems": _MAX_READ_CHARACTERS},
    )
    level: (
        Annotated[
            int,
            Field(
                description="level of qualification (column 4); null where it could not be read",
                examples=[3],
                json_schema_extra={"minimum": 1, "maximum": 9},
            ),
        ]
        | None
    )
    sublevel: Annotated[str, _read_text("level with its sublevel (column 4)", "3.1")] | None
    labour_functions: Annotated[
        tuple[CandidateFunction, ...], _read_list("functions of columns 5 and 6")
    ]
    additional_information: (
        Annotated[str, _read_text("column 7", "Обслуживание на русском языке")] | None
    )
    legal_requirement: (
        Annotated[
            str, _read_text("requirement of a law (column 8)", "Статья 213 Трудового кодекса")
        ]
        | None
    )
    requirements: RequirementRule | None = Field(
        description="documents of column 9 as a tree of rules; null where it could not be read"
    )
    requirements_text: (
        Annotated[str, _read_text("column 9 as printed", "Документ о среднем общем образовании")]
        | None
    )
    validity_term: (
        Annotated[str, _read_text("term of certificates as an ISO 8601 period (column 10)", "P3Y")]
        | None
    )
    additional_characteristics: (
        Annotated[str, _read_text("column 11 as printed", "Оператор call-центра")] | None
    )
    job_titles: Annotated[
        tuple[CandidateJobTitle, ...], _read_list("job titles and trades of column 11")
    ]
    completed_by_publisher: Annotated[
        tuple[CandidateCompletion, ...],
        _read_list("what an earlier publisher supplied, as an export says it"),
    ] = ()
