"""The council's form: what stands in its cells, and the proof that import reads it back.

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
from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.grammar.limits import (
    Limits,
    NotExpressible,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.surroundings import (
    CARD,
    CARD_MEMBERS,
    COMPLETED,
    COUNCIL,
    TITLE,
    card_text,
)
from services.catalog.council_table.grammar.titles import written as written_title
from services.catalog.council_table.grammar.vocabulary import Vocabulary, vocabulary
from services.catalog.council_table.reading.read_table import read_table
from shared.events.requirements import RequirementRule

HEADS = (
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

NUMBERS = tuple(f"{number}." for number in range(1, len(HEADS) + 1))
"""The row of the columns' numbers."""

Draft = Mapping[str, Any]

_NOTHING = "-"
_RULE: TypeAdapter[RequirementRule] = TypeAdapter(RequirementRule)
_PERIOD = re.compile(r"(\d+)([YMWD])")
_UNITS = {
    "Y": ("год", "года", "лет"),
    "M": ("месяц", "месяца", "месяцев"),
    "W": ("неделя", "недели", "недель"),
    "D": ("день", "дня", "дней"),
}
_MAY_BE_ABSENT = (
    "registry_number occupational_standard sublevel legal_requirement requirements_text "
    "validity_term additional_characteristics additional_information activity_type "
    "special_conditions"
)
_MAY_BE_EMPTY = "further_standards job_titles classifiers completed_by_publisher"


@dataclass(frozen=True)
class Form:
    """The form's text: lines above the table, its rows of eleven cells, lines below it."""

    above: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[str, ...]


def formed(drafts: Sequence[Draft]) -> Form:
    """The form of drafts of one council. Raises `NotExpressible` for drafts of several."""
    councils = list(dict.fromkeys(draft["council"] for draft in drafts))
    if len(councils) != 1:
        raise NotExpressible(
            "table.one_council", "A table has the qualifications of just one council."
        )
    words = vocabulary()
    return Form(
        (TITLE, COUNCIL + councils[0]),
        tuple(_row(number, draft, words) for number, draft in enumerate(drafts, 1)),
        (*_completions(drafts), *_cards(drafts)),
    )


def proved(content: bytes, file_name: str, drafts: Sequence[Draft], limits: Limits) -> bytes:
    """The content, after it was read back and gave the same drafts.

    Raises `NotExpressible`, whose `extra` names the row and its members that would change, and
    `TableTooLarge` where the table is more than import takes.
    """
    try:
        read = [candidate.draft for candidate in read_table(content, file_name, limits).candidates]
    except TableTooLarge:
        raise
    except UnreadableTable as error:
        raise NotExpressible(error.rule, error.detail) from error
    expected = [whole(draft) for draft in drafts]
    for row, (said, meant) in enumerate(zip(read, expected, strict=False), 1):
        members = sorted(key for key in said.keys() | meant if said.get(key) != meant.get(key))
        if members:
            raise NotExpressible(
                "table.not_expressible",
                f"The form would not be read back as qualification {row} is: {', '.join(members)}.",
                extra={"row": row, "members": members},
            )
    if len(read) != len(expected):
        raise NotExpressible("table.not_expressible", "The form would be read back as other rows.")
    return content


def whole(draft: Draft) -> dict[str, Any]:
    """The draft with every member, as a reading gives it: what is not said is None or empty."""
    functions = [{"standard": None, **function} for function in draft["labour_functions"]]
    titles = [{"code": None, "grade": None, **title} for title in draft.get("job_titles") or ()]
    return {
        **dict.fromkeys(_MAY_BE_ABSENT.split()),
        **{member: [] for member in _MAY_BE_EMPTY.split()},
        **draft,
        "labour_functions": functions,
        "job_titles": titles,
    }


def _completions(drafts: Sequence[Draft]) -> Iterator[str]:
    for row, draft in enumerate(drafts, 1):
        for completion in draft.get("completed_by_publisher") or ():
            yield COMPLETED.format(row=row, **completion)


def _cards(drafts: Sequence[Draft]) -> Iterator[str]:
    for row, draft in enumerate(drafts, 1):
        for member in CARD_MEMBERS:
            if draft.get(member):
                value = card_text(member, draft[member])
                yield CARD.format(row=row, member=member, value=value)


def _row(number: int, draft: Draft, words: Vocabulary) -> tuple[str, ...]:
    level = str(draft["level"])
    sublevel = draft.get("sublevel")
    functions = draft["labour_functions"]
    return (
        draft.get("registry_number") or f"{number}.",
        f"{draft['name']} ({level} уровень квалификации)",
        _standards(draft),
        f"{level} ({sublevel})" if sublevel else level,
        "\n".join(_codes(draft)),
        "\n".join(function["name"] for function in functions),
        draft.get("additional_information") or _NOTHING,
        draft.get("legal_requirement") or _NOTHING,
        _documents(draft, words),
        term(draft.get("validity_term")),
        _characteristics(draft),
    )


def _standards(draft: Draft) -> str:
    first = draft.get("occupational_standard")
    every = [first] if first else []
    return "\n".join(map(_standard, [*every, *draft.get("further_standards", [])])) or _NOTHING


def _codes(draft: Draft) -> Iterator[str]:
    """The codes, under their standard's code where they are not the first standard's."""
    own = (draft.get("occupational_standard") or {}).get("code")
    above = own
    for function in draft["labour_functions"]:
        standard = function.get("standard") or own
        if standard != above:
            yield str(standard)
        above = standard
        yield function["code"]


def _characteristics(draft: Draft) -> str:
    prose = draft.get("additional_characteristics")
    lines = [prose] if prose else []
    return "\n".join([*lines, *map(written_title, draft.get("job_titles") or ())]) or _NOTHING


def _standard(standard: Mapping[str, Any]) -> str:
    printed = standard.get("order_date")
    day = f"{date.fromisoformat(printed):%d.%m.%Y} " if printed else ""
    number = standard.get("order_number") or ""
    order = f"Приказ Минтруда России от {day}г. № {number}".rstrip()
    return f"{standard['code']} {standard['title']}\n{order}"


def _documents(draft: Draft, words: Vocabulary) -> str:
    """The prose alone where it is read as the draft's tree; else with the tree's outline below."""
    prose = draft.get("requirements_text") or ""
    if draft.get("requirements") is None:
        return prose
    rule = _RULE.validate_python(draft["requirements"])
    if prose and read_requirements(prose, words, Notes()) == (rule, prose):
        return prose
    return f"{prose}\n{outline.written(rule)}".lstrip("\n")


def term(period: str | None) -> str:
    """An ISO 8601 period in words, `P3Y` as "3 года"; blank where there is none."""
    parts = _PERIOD.findall(period or "")
    return " ".join(f"{count} {_counted(int(count), _UNITS[unit])}" for count, unit in parts)


def _counted(count: int, forms: tuple[str, str, str]) -> str:
    """The form of a Russian noun after the number: 1 год, 2 года, 5 лет, 11 лет, 21 год."""
    tens, ones = count % 100, count % 10
    if ones == 1 and tens != 11:  # noqa: PLR2004 - grammar
        return forms[0]
    return forms[1] if 2 <= ones <= 4 and not 12 <= tens <= 14 else forms[2]  # noqa: PLR2004
