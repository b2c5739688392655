"""The columns that hold one short value: number, name, level, term; and optional ones."""

import re

from services.catalog.council_table.grammar.cells import to_one_line
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.vocabulary import Vocabulary

_DASHES = frozenset({"-", "–", "—"})
_ROW_NUMBER = re.compile(r"\d{1,4}\.?")
_REGISTRY_NUMBER = re.compile(r"\d{2}\.\d{5}\.\d{2,4}")
_LEVEL_IN_NAME = re.compile(
    r"[\s,]*(?P<open>\(?)\s*(?P<level>\d)(?:-?(?:й|ый|ой|ий))? уровень квалификации\s*\)?$",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"(?P<level>[1-9])(?P<dotted>\.\d{1,2})?(?:-?(?:й|ый|ой|ий))?(?: уровень)?"
    r"(?: ?\((?P<sublevel>\d{1,2}(?:\.\d{1,2})?)\))?"
)
_CAPITALISED_WORD = re.compile(r"(?<=[а-яё,] )[А-ЯЁ][а-яё-]+")
_TERM_PART = re.compile(
    r"(?P<count>\d{1,4}|[а-яё]+) (?P<unit>год|лет|месяц|недел|дн|день)[а-яё]*\.?(?: и)?(?: |$)"
)
_UNITS = {"год": "Y", "лет": "Y", "месяц": "M", "недел": "W", "дн": "D", "день": "D"}
_UNIT_ORDER = "YMWD"


def read_registry_number(cell: str, findings: Findings) -> str | None:
    """The registry number; None, with a finding, for a blank, a row's number or other text."""
    text = to_one_line(cell)
    if _REGISTRY_NUMBER.fullmatch(text):
        return text
    if not text or text in _DASHES:
        findings.add("number.missing", Column.REGISTRY_NUMBER)
    elif _ROW_NUMBER.fullmatch(text):
        findings.add("number.row_number", Column.REGISTRY_NUMBER, before=text)
    else:
        findings.add("number.unread", Column.REGISTRY_NUMBER, before=text)
    return None


def read_name(cell: str, level: int | None, words: Vocabulary, findings: Findings) -> str | None:
    """The name without the level and with common names in small letters; None if it is blank.

    `level` is column 4's, None if it was not read; a different one inside the name is a finding.
    """
    text = to_one_line(cell)
    if level_match := _LEVEL_IN_NAME.search(text):
        name = text[: level_match.start()]
        brackets = (
            ("в скобках", "in brackets") if level_match["open"] else ("без скобок", "no brackets")
        )
        findings.add(
            "name.level_inside",
            Column.NAME,
            before=text,
            after=name,
            brackets=brackets[0],
            brackets_en=brackets[1],
        )
        if level is not None and int(level_match["level"]) != level:
            findings.add(
                "name.level_differs", Column.NAME, before=level_match["level"], after=str(level)
            )
        text = name
    if not text or text in _DASHES:
        findings.add("name.missing", Column.NAME)
        return None
    return _lower_common_names(text, words, findings)


def _lower_common_names(name: str, words: Vocabulary, findings: Findings) -> str:
    """Puts the vocabulary's common names in small letters, except at the start of the name."""
    lowered_name = name
    for common_name in words.lower_case_names:
        position = lowered_name.lower().find(common_name)
        if position > 0:
            lowered_name = (
                lowered_name[:position] + common_name + lowered_name[position + len(common_name) :]
            )
    if lowered_name != name:
        findings.add("name.capital", Column.NAME, before=name, after=lowered_name)
    for word in _CAPITALISED_WORD.findall(lowered_name):
        findings.add("name.capital_kept", Column.NAME, before=name, word=word)
    return lowered_name


def read_level(cell: str, findings: Findings) -> tuple[int | None, str | None]:
    """The level, and the sublevel where one is printed: `6.1`, or `6 (1)`; None if unreadable."""
    text = to_one_line(cell)
    if not text:
        findings.add("level.missing", Column.LEVEL)
        return None, None
    match = _LEVEL.fullmatch(text)
    if match is None or (match["dotted"] and match["sublevel"]):
        findings.add("level.unread", Column.LEVEL, before=text)
        return None, None
    dotted_level = f"{match['level']}{match['dotted']}" if match["dotted"] else None
    return int(match["level"]), match["sublevel"] or dotted_level


def read_validity_term(cell: str, words: Vocabulary, findings: Findings) -> str | None:
    """The certificate's term as an ISO 8601 period.

    None, with a finding, where the cell is blank or not to be read; nothing is filled in.
    """
    text = to_one_line(cell).lower()
    if not text or text in _DASHES:
        findings.add("validity.missing", Column.VALIDITY_TERM)
        return None
    counts: dict[str, int] = {}
    end = 0
    while match := _TERM_PART.match(text, end):
        unit = _UNITS[match["unit"]]
        counts[unit] = 0 if unit in counts else words.parse_count(match["count"]) or 0
        end = match.end()
    if end < len(text) or not all(counts.values()):
        findings.add("validity.unread", Column.VALIDITY_TERM, before=cell)
        return None
    return "P" + "".join(f"{counts[unit]}{unit}" for unit in _UNIT_ORDER if unit in counts)


def read_optional_text(
    column: Column, cell: str, dashed_columns: frozenset[Column], findings: Findings
) -> str | None:
    """The text of a column that may be empty: None for a dash, and for a blank, with a finding.

    `dashed_columns` are the columns that have a dash in some row of the table.
    """
    if cell in _DASHES:
        return None
    if not cell:
        findings.add("cell.blank_beside_dash" if column in dashed_columns else "cell.blank", column)
        return None
    return cell


def is_dash(cell: str) -> bool:
    """Whether the cell holds a dash alone, which means that there is nothing to state."""
    return cell in _DASHES
