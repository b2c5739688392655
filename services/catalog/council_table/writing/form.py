"""The council's form: the text of its cells, and the check that import reads it back.

What the form cannot say so that it is read back unchanged is refused, never altered.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from services.catalog.council_table.grammar import outline
from services.catalog.council_table.grammar.candidate import CandidateDraft
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.limits import (
    NotExpressible,
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.surroundings import (
    CARD_MEMBERS,
    COMPLETION_LINE,
    COUNCIL_PREFIX,
    TABLE_TITLE,
    format_card_lines,
)
from services.catalog.council_table.grammar.titles import format_job_title
from services.catalog.council_table.grammar.vocabulary import Vocabulary, load_vocabulary
from services.catalog.council_table.reading.read_table import read_table
from services.catalog.council_table.writing.card import list_card_rows
from services.catalog.qualification.form import FormContent, StandardContent
from shared.locale.catalogues import read_languages
from shared.text import normalize_characters, unmix_alphabets

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

_DASH = "-"
_RUSSIAN = read_languages()["ru"]


class FormLayout(StrEnum):
    """How a qualification stands in the form: as a row of a table, or as a numbered card."""

    TABLE = "table"
    CARD = "card"


@dataclass(frozen=True)
class CouncilForm:
    """The form's text: lines above the table, its rows, lines below it.

    A row has eleven cells in a table, and `CARD_COLUMNS` in a card.
    """

    lines_above: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines_below: tuple[str, ...]


def build_form(
    contents: Sequence[FormContent], layout: FormLayout = FormLayout.TABLE
) -> CouncilForm:
    """The form of qualifications of one council. Raises `NotExpressible` for several councils."""
    councils = list(dict.fromkeys(content.council for content in contents))
    if len(councils) != 1:
        raise NotExpressible(
            "table.one_council", "A table has the qualifications of just one council."
        )
    words = load_vocabulary()
    rows: list[tuple[str, ...]] = []
    for number, content in enumerate(contents, 1):
        row = _form_row(number, content, words)
        rows.extend(list_card_rows(row, content) if layout is FormLayout.CARD else [row])
    return CouncilForm(
        (TABLE_TITLE, COUNCIL_PREFIX + councils[0]),
        tuple(rows),
        (*_completion_lines(contents), *_card_lines(contents, layout)),
    )


def check_round_trip(
    form_file: bytes, file_name: str, contents: Sequence[FormContent], limits: TableLimits
) -> bytes:
    """Reads the written form back and returns it if it gives the same contents.

    Raises `NotExpressible`, whose `extra` names the row and its members that would change, and
    `TableTooLarge` where the table is more than import takes.
    """
    try:
        candidates = read_table(form_file, file_name, limits).candidates
    except TableTooLarge:
        raise
    except UnreadableTable as error:
        raise NotExpressible(error.rule, error.detail) from error
    for candidate, content in zip(candidates, contents, strict=False):
        members = _find_changed_members(candidate.draft, content)
        if members:
            raise NotExpressible(
                "table.not_expressible",
                f"The form would not be read back as qualification {candidate.row} is: "
                f"{', '.join(members)}.",
                extra={"row": candidate.row, "members": members},
            )
    if len(candidates) != len(contents):
        raise NotExpressible("table.not_expressible", "The form would be read back as other rows.")
    return form_file


def _find_changed_members(draft: CandidateDraft, content: FormContent) -> list[str]:
    """The names of the members that were read back otherwise than they were written."""
    read_members, members = draft.model_dump(mode="json"), content.to_json()
    return sorted(
        name for name in members if _as_kept(read_members[name]) != _as_kept(members[name])
    )


def _as_kept(value: JsonValue) -> str:
    """A member in the characters in which import keeps all text."""
    return normalize_characters(unmix_alphabets(json.dumps(value, ensure_ascii=False)))


def _completion_lines(contents: Sequence[FormContent]) -> Iterator[str]:
    """One line for each value that a publisher has completed, rows counted from 1."""
    for row, content in enumerate(contents, 1):
        for completion in content.completed_by_publisher:
            yield COMPLETION_LINE.format(
                row=row, column=completion.column, reason=completion.reason
            )


def _card_lines(contents: Sequence[FormContent], layout: FormLayout) -> Iterator[str]:
    """One line for each member that registry cards add and the layout has no place for."""
    members = ("classifiers",) if layout is FormLayout.CARD else CARD_MEMBERS
    for row, content in enumerate(contents, 1):
        yield from format_card_lines(row, content, members)


def _form_row(row_number: int, content: FormContent, words: Vocabulary) -> tuple[str, ...]:
    """The eleven cells; a qualification without a registry number shows its row's number."""
    level = str(content.level)
    cells = {
        Column.REGISTRY_NUMBER: content.registry_number or f"{row_number}.",
        Column.NAME: f"{content.name} ({level} уровень квалификации)",
        Column.OCCUPATIONAL_STANDARD: _standards_cell(content),
        Column.LEVEL: f"{level} ({content.sublevel})" if content.sublevel else level,
        Column.FUNCTION_CODES: "\n".join(_code_lines(content)),
        Column.FUNCTION_NAMES: "\n".join(function.name for function in content.labour_functions),
        Column.ADDITIONAL_INFORMATION: content.additional_information or _DASH,
        Column.LEGAL_REQUIREMENT: content.legal_requirement or _DASH,
        Column.REQUIREMENTS: _requirements_cell(content, words),
        Column.VALIDITY_TERM: format_term(content.validity_term),
        Column.ADDITIONAL_CHARACTERISTICS: _characteristics_cell(content),
    }
    return tuple(cells[column] for column in Column)


def _standards_cell(content: FormContent) -> str:
    """Column 3: the standards, the first in front; a dash for none."""
    return "\n".join(map(_standard_lines, content.standards)) or _DASH


def _code_lines(content: FormContent) -> Iterator[str]:
    """Column 5's lines: codes, a standard's code above those of another than the first standard."""
    first_standard = content.occupational_standard.code if content.occupational_standard else None
    heading = first_standard
    for function in content.labour_functions:
        standard = function.standard or first_standard
        if standard != heading:
            yield str(standard)
        heading = standard
        yield function.code


def _characteristics_cell(content: FormContent) -> str:
    """Column 11: the prose, then a line for each job title; a dash for neither."""
    prose = content.additional_characteristics
    lines = [prose] if prose else []
    return "\n".join([*lines, *map(format_job_title, content.job_titles)]) or _DASH


def _standard_lines(standard: StandardContent) -> str:
    """A standard's code and title, and its order's date and number on the next line."""
    date_text = f"{standard.order_date:%d.%m.%Y} " if standard.order_date else ""
    order = f"Приказ Минтруда России от {date_text}г. № {standard.order_number or ''}".rstrip()
    return f"{standard.code} {standard.title}\n{order}"


def _requirements_cell(content: FormContent, words: Vocabulary) -> str:
    """Column 9: the prose; with the tree's outline below unless the prose reads as that tree."""
    prose, rule = content.requirements_text or "", content.requirements
    if prose and read_requirements(prose, words, Findings()) == (rule, prose):
        return prose
    return f"{prose}\n{outline.format_outline(rule)}".lstrip("\n")


def format_term(period: str | None) -> str:
    """An ISO 8601 period in words, `P3Y` as "3 года"; blank where there is none."""
    return _RUSSIAN.format_period(period or "")
