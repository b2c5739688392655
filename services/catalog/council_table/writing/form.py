"""The council's form: the text of its cells, and the check that import reads it back.

A draft is a mapping of the catalog's draft in its JSON form (dates as ISO 8601). What the form
cannot say so that it is read back unchanged is refused, never altered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from services.catalog.council_table.grammar import outline
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.limits import (
    NotExpressible,
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.surroundings import (
    CARD_LINE,
    CARD_MEMBERS,
    COMPLETION_LINE,
    COUNCIL_PREFIX,
    TABLE_TITLE,
    format_card_value,
)
from services.catalog.council_table.grammar.titles import format_job_title
from services.catalog.council_table.grammar.vocabulary import Vocabulary, load_vocabulary
from services.catalog.council_table.reading.read_table import read_table
from shared.events.requirements import RequirementRule

COLUMN_HEADS = (
    "Номер квалификации в реестре",
    "Наименование квалификации",
    (
        "Наименование и реквизиты профессионального стандарта, на соответствие которому проводится "
        "независимая оценка квалификации"
    ),
    "Уровень (подуровень) квалификации в соответствии с профессиональным стандартом",
    "Код трудовой функции",
    "Наименование трудовой функции",
    "Дополнительные сведения (при необходимости)",
    (
        "Квалификационное требование, установленное федеральным законом и иным нормативным "
        "правовым актом Российской Федерации, и реквизиты этого акта"
    ),
    (
        "Перечень документов, необходимых для прохождения профессионального экзамена по "
        "соответствующей квалификации"
    ),
    "Срок действия свидетельства о квалификации",
    "Дополнительные характеристики (при необходимости)",
)
"""The columns' names (order 726n of 12.12.2016, annex)."""

COLUMN_NUMBERS = tuple(f"{number}." for number in range(1, len(COLUMN_HEADS) + 1))
"""The row of the columns' numbers."""

DraftContent = Mapping[str, Any]

_DASH = "-"
_RULE_ADAPTER: TypeAdapter[RequirementRule] = TypeAdapter(RequirementRule)
_PERIOD_PART = re.compile(r"(\d+)([YMWD])")
_UNIT_FORMS = {
    "Y": ("год", "года", "лет"),
    "M": ("месяц", "месяца", "месяцев"),
    "W": ("неделя", "недели", "недель"),
    "D": ("день", "дня", "дней"),
}
_NULLABLE_MEMBERS = (
    "registry_number occupational_standard sublevel legal_requirement requirements_text "
    "validity_term additional_characteristics additional_information activity_type "
    "special_conditions"
)
_LIST_MEMBERS = "further_standards job_titles classifiers completed_by_publisher"


@dataclass(frozen=True)
class CouncilForm:
    """The form's text: lines above the table, its rows of eleven cells, lines below it."""

    lines_above: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines_below: tuple[str, ...]


def build_form(drafts: Sequence[DraftContent]) -> CouncilForm:
    """The form of drafts of one council. Raises `NotExpressible` for drafts of several."""
    councils = list(dict.fromkeys(draft["council"] for draft in drafts))
    if len(councils) != 1:
        raise NotExpressible(
            "table.one_council", "A table has the qualifications of just one council."
        )
    words = load_vocabulary()
    return CouncilForm(
        (TABLE_TITLE, COUNCIL_PREFIX + councils[0]),
        tuple(_form_row(number, draft, words) for number, draft in enumerate(drafts, 1)),
        (*_completion_lines(drafts), *_card_lines(drafts)),
    )


def check_round_trip(
    content: bytes, file_name: str, drafts: Sequence[DraftContent], limits: TableLimits
) -> bytes:
    """Reads the written content back and returns it if it gives the same drafts.

    Raises `NotExpressible`, whose `extra` names the row and its members that would change, and
    `TableTooLarge` where the table is more than import takes.
    """
    try:
        read_drafts = [
            candidate.draft for candidate in read_table(content, file_name, limits).candidates
        ]
    except TableTooLarge:
        raise
    except UnreadableTable as error:
        raise NotExpressible(error.rule, error.detail) from error
    expected_drafts = [with_defaults(draft) for draft in drafts]
    for row, (read_draft, expected_draft) in enumerate(
        zip(read_drafts, expected_drafts, strict=False), 1
    ):
        members = sorted(
            key
            for key in read_draft.keys() | expected_draft
            if read_draft.get(key) != expected_draft.get(key)
        )
        if members:
            raise NotExpressible(
                "table.not_expressible",
                f"The form would not be read back as qualification {row} is: {', '.join(members)}.",
                extra={"row": row, "members": members},
            )
    if len(read_drafts) != len(expected_drafts):
        raise NotExpressible("table.not_expressible", "The form would be read back as other rows.")
    return content


def with_defaults(draft: DraftContent) -> dict[str, Any]:
    """The draft with every member, as reading gives it: absent ones are None or empty lists."""
    functions = [{"standard": None, **function} for function in draft["labour_functions"]]
    titles = [{"code": None, "grade": None, **title} for title in draft.get("job_titles") or ()]
    return {
        **dict.fromkeys(_NULLABLE_MEMBERS.split()),
        **{member: [] for member in _LIST_MEMBERS.split()},
        **draft,
        "labour_functions": functions,
        "job_titles": titles,
    }


def _completion_lines(drafts: Sequence[DraftContent]) -> Iterator[str]:
    """One line for each value that a publisher has completed, rows counted from 1."""
    for row, draft in enumerate(drafts, 1):
        for completion in draft.get("completed_by_publisher") or ():
            yield COMPLETION_LINE.format(row=row, **completion)


def _card_lines(drafts: Sequence[DraftContent]) -> Iterator[str]:
    """One line for each member that registry cards add, rows counted from 1."""
    for row, draft in enumerate(drafts, 1):
        for member in CARD_MEMBERS:
            if draft.get(member):
                value = format_card_value(member, draft[member])
                yield CARD_LINE.format(row=row, member=member, value=value)


def _form_row(row_number: int, draft: DraftContent, words: Vocabulary) -> tuple[str, ...]:
    """The eleven cells of a draft; a draft without a registry number shows its row's number."""
    level = str(draft["level"])
    sublevel = draft.get("sublevel")
    functions = draft["labour_functions"]
    return (
        draft.get("registry_number") or f"{row_number}.",
        f"{draft['name']} ({level} уровень квалификации)",
        _standards_cell(draft),
        f"{level} ({sublevel})" if sublevel else level,
        "\n".join(_code_lines(draft)),
        "\n".join(function["name"] for function in functions),
        draft.get("additional_information") or _DASH,
        draft.get("legal_requirement") or _DASH,
        _requirements_cell(draft, words),
        format_term(draft.get("validity_term")),
        _characteristics_cell(draft),
    )


def _standards_cell(draft: DraftContent) -> str:
    """Column 3: the standards, the first in front; a dash for none."""
    first_standard = draft.get("occupational_standard")
    standards = [first_standard] if first_standard else []
    return (
        "\n".join(map(_standard_lines, [*standards, *draft.get("further_standards", [])])) or _DASH
    )


def _code_lines(draft: DraftContent) -> Iterator[str]:
    """Column 5's lines: codes, a standard's code above those of another than the first standard."""
    first_standard = (draft.get("occupational_standard") or {}).get("code")
    heading = first_standard
    for function in draft["labour_functions"]:
        standard = function.get("standard") or first_standard
        if standard != heading:
            yield str(standard)
        heading = standard
        yield function["code"]


def _characteristics_cell(draft: DraftContent) -> str:
    """Column 11: the prose, then a line for each job title; a dash for neither."""
    prose = draft.get("additional_characteristics")
    lines = [prose] if prose else []
    return "\n".join([*lines, *map(format_job_title, draft.get("job_titles") or ())]) or _DASH


def _standard_lines(standard: Mapping[str, Any]) -> str:
    """A standard's code and title, and its order's date and number on the next line."""
    order_date = standard.get("order_date")
    date_text = f"{date.fromisoformat(order_date):%d.%m.%Y} " if order_date else ""
    number = standard.get("order_number") or ""
    order = f"Приказ Минтруда России от {date_text}г. № {number}".rstrip()
    return f"{standard['code']} {standard['title']}\n{order}"


def _requirements_cell(draft: DraftContent, words: Vocabulary) -> str:
    """Column 9: the prose; with the tree's outline below unless the prose reads as that tree."""
    prose = draft.get("requirements_text") or ""
    if draft.get("requirements") is None:
        return prose
    rule = _RULE_ADAPTER.validate_python(draft["requirements"])
    if prose and read_requirements(prose, words, Findings()) == (rule, prose):
        return prose
    return f"{prose}\n{outline.format_outline(rule)}".lstrip("\n")


def format_term(period: str | None) -> str:
    """An ISO 8601 period in words, `P3Y` as "3 года"; blank where there is none."""
    period_parts = _PERIOD_PART.findall(period or "")
    return " ".join(
        f"{count} {_plural_form(int(count), _UNIT_FORMS[unit])}" for count, unit in period_parts
    )


def _plural_form(count: int, forms: tuple[str, str, str]) -> str:
    """The form of a Russian noun after the number: 1 год, 2 года, 5 лет, 11 лет, 21 год."""
    tens, units = count % 100, count % 10
    if units == 1 and tens != 11:  # noqa: PLR2004 - grammar
        return forms[0]
    return forms[1] if 2 <= units <= 4 and not 12 <= tens <= 14 else forms[2]  # noqa: PLR2004
