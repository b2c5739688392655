"""The columns that hold one short value: number, name, level, term; and blank cells."""

import re

from services.catalog.council_table.grammar.cells import one_line
from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.grammar.vocabulary import Vocabulary

NUMBER, NAME, LEVEL, TERM = 1, 2, 4, 10
ADDITIONAL, LEGAL, CHARACTERISTICS = 7, 8, 11

_DASHES = frozenset({"-", "–", "—"})
_ROW_NUMBER = re.compile(r"\d{1,4}\.?")
_REGISTRY_NUMBER = re.compile(r"\d{2}\.\d{5}\.\d{2,4}")
_LEVEL_INSIDE = re.compile(
    r"[\s,]*(?P<open>\(?)\s*(?P<level>\d)(?:-?(?:й|ый|ой|ий))? уровень квалификации\s*\)?$",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"(?P<level>[1-9])(?P<dotted>\.\d{1,2})?(?:-?(?:й|ый|ой|ий))?(?: уровень)?"
    r"(?: ?\((?P<sublevel>\d{1,2}(?:\.\d{1,2})?)\))?"
)
_CAPITAL = re.compile(r"(?<=[а-яё,] )[А-ЯЁ][а-яё-]+")
_TERM_PART = re.compile(
    r"(?P<count>\d{1,4}|[а-яё]+) (?P<unit>год|лет|месяц|недел|дн|день)[а-яё]*\.?(?: и)?(?: |$)"
)
_UNITS = {"год": "Y", "лет": "Y", "месяц": "M", "недел": "W", "дн": "D", "день": "D"}
_ORDER = "YMWD"


def read_number(cell: str, notes: Notes) -> str | None:
    """The registry number; a row's number is none."""
    text = one_line(cell)
    if _REGISTRY_NUMBER.fullmatch(text):
        return text
    if not text or text in _DASHES:
        notes.add("number.missing", NUMBER)
    elif _ROW_NUMBER.fullmatch(text):
        notes.add("number.row_number", NUMBER, before=text)
    else:
        notes.add("number.unread", NUMBER, before=text)
    return None


def read_name(cell: str, level: int | None, words: Vocabulary, notes: Notes) -> str | None:
    """The name as it is shown: without the level, common names without their capitals."""
    text = one_line(cell)
    if inside := _LEVEL_INSIDE.search(text):
        name = text[: inside.start()]
        brackets = ("в скобках", "in brackets") if inside["open"] else ("без скобок", "no brackets")
        notes.add(
            "name.level_inside",
            NAME,
            before=text,
            after=name,
            brackets=brackets[0],
            brackets_en=brackets[1],
        )
        if level is not None and int(inside["level"]) != level:
            notes.add("name.level_differs", NAME, before=inside["level"], after=str(level))
        text = name
    if not text or text in _DASHES:
        notes.add("name.missing", NAME)
        return None
    return _without_capitals(text, words, notes)


def _without_capitals(name: str, words: Vocabulary, notes: Notes) -> str:
    shown = name
    for common in words.lower_case_names:
        at = shown.lower().find(common)
        if at > 0:
            shown = shown[:at] + common + shown[at + len(common) :]
    if shown != name:
        notes.add("name.capital", NAME, before=name, after=shown)
    for word in _CAPITAL.findall(shown):
        notes.add("name.capital_kept", NAME, before=name, word=word)
    return shown


def read_level(cell: str, notes: Notes) -> tuple[int | None, str | None]:
    """The level, and the sublevel where one is printed: `6.1`, or `6 (1)`."""
    text = one_line(cell)
    if not text:
        notes.add("level.missing", LEVEL)
        return None, None
    read = _LEVEL.fullmatch(text)
    if read is None or (read["dotted"] and read["sublevel"]):
        notes.add("level.unread", LEVEL, before=text)
        return None, None
    dotted = f"{read['level']}{read['dotted']}" if read["dotted"] else None
    return int(read["level"]), read["sublevel"] or dotted


def read_term(cell: str, words: Vocabulary, notes: Notes) -> str | None:
    """The certificate's term as an ISO 8601 period. A blank one is told, never filled in."""
    text = one_line(cell).lower()
    if not text or text in _DASHES:
        notes.add("validity.missing", TERM)
        return None
    parts: dict[str, int] = {}
    end = 0
    while part := _TERM_PART.match(text, end):
        unit = _UNITS[part["unit"]]
        parts[unit] = 0 if unit in parts else words.counted(part["count"]) or 0
        end = part.end()
    if end < len(text) or not all(parts.values()):
        notes.add("validity.unread", TERM, before=cell)
        return None
    return "P" + "".join(f"{parts[unit]}{unit}" for unit in _ORDER if unit in parts)


def read_optional(column: int, cell: str, dashed: frozenset[int], notes: Notes) -> str | None:
    """A column that may say nothing: a dash says so, a blank is taken so and told.

    `dashed` are the columns that have a dash in some row of the table.
    """
    if cell in _DASHES:
        return None
    if not cell:
        notes.add("cell.blank_beside_dash" if column in dashed else "cell.blank", column)
        return None
    return cell


def is_dash(cell: str) -> bool:
    """Whether the cell says by a dash that there is nothing to say."""
    return cell in _DASHES
