"""Column 3: the occupational standard's code, its title, its order's number and date.

    [code] title [«title»] "Приказ" issuer "от" [date] ["г."] ("N" | "№") [number]

A blank date or number ("от г. N") is missing and stays so. A code that is not printed is taken from
the vocabulary by the title, as an assumption; no other title has one.
"""

import re
from collections.abc import Mapping
from datetime import date

from services.catalog.council_table.grammar.cells import one_line
from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.grammar.vocabulary import canonical

COLUMN = 3

_LONGEST = 2_000
"""Characters; the patterns below are quadratic in them at worst."""

_CODE = re.compile(r"\b\d{2}\.\d{3}\b(?!\.)")
_ORDER = re.compile(
    r"[(,;]?\s*(?:утв(?:\.|ержд[её]н\w*)\s+)?приказ\w*\s+"
    r"(?P<issuer>(?:(?!\bот\b|№|\bN\b).)*?)\s*"
    r"(?:\bот\b\s*(?P<date>.*?)\s*(?:(?<![а-яё])г(?:ода|\.)?(?=\s|$)\s*)?)?"
    r"(?:№|\bN\b)\s*(?P<number>[\w/-]*)\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_ORDER_WORD = re.compile(r"приказ\w*\s+(?:Минтруда|Министерства)", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_WORDED = re.compile(r"«?(\d{1,2})»?\s+([а-я]+)\s+(\d{4})", re.IGNORECASE)
_MONTHS = {
    "января": 1,
    "февраля": 2,
    "марта": 3,
    "апреля": 4,
    "мая": 5,
    "июня": 6,
    "июля": 7,
    "августа": 8,
    "сентября": 9,
    "октября": 10,
    "ноября": 11,
    "декабря": 12,
}
_MARKS = ' «»"“”.,;()'


def read_standards(
    cell: str, known: Mapping[str, str], notes: Notes
) -> list[dict[str, str | None]]:
    """The standards that the cell names, the first one first; none where there is none to read.

    Several are read where each begins a line with its code; otherwise it is told that there are
    several, and none is read.
    """
    groups: list[list[str]] = []
    for line in cell.split("\n"):
        if not groups or _CODE.match(line):
            groups.append([])
        groups[-1].append(line)
    if len(groups) > 1 and all(_CODE.match(group[0]) for group in groups):
        cells = ["\n".join(group) for group in groups]
    else:
        cells = [cell]
    found = [read_standard(one, known, notes) for one in cells]
    return [standard for standard in found if standard is not None]


def read_standard(
    cell: str, known: Mapping[str, str], notes: Notes
) -> dict[str, str | None] | None:
    """The standard as the draft has it, its date as ISO 8601; None where there is none to read."""
    text = one_line(cell)
    if text in {"", "-", "–", "—"}:
        notes.add("standard.missing", COLUMN)
        return None
    if len(text) > _LONGEST:
        notes.add("standard.unread", COLUMN, before=cell)
        return None
    if len(set(_CODE.findall(text))) > 1 or len(_ORDER_WORD.findall(text)) > 1:
        notes.add("standard.several", COLUMN, before=cell)
        return None
    order = _ORDER.search(text)
    if order is not None and order["rest"].strip(_MARKS):
        notes.add("standard.unread", COLUMN, before=cell)
        return None
    head = text[: order.start()] if order is not None else text
    printed = _CODE.search(head)
    title = _CODE.sub("", head).strip()
    title = title.strip(_MARKS) if title[:1] in '«"“' else title.rstrip(" .,;")
    if not title:
        notes.add("standard.unread", COLUMN, before=cell)
        return None
    code = printed[0] if printed is not None else _known(title, known, notes)
    number = (order["number"] or None) if order is not None else None
    if number is None:
        notes.add("standard.order_number_missing", COLUMN, before=cell)
    day = _read_date((order["date"] or "") if order is not None else "", cell, notes)
    return {"code": code, "title": title, "order_number": number, "order_date": day}


def _known(title: str, known: Mapping[str, str], notes: Notes) -> str | None:
    code = known.get(canonical(title))
    if code is None:
        notes.add("standard.code_missing", COLUMN, before=title)
    else:
        notes.add("standard.code_from_title", COLUMN, before=title, after=code)
    return code


def _read_date(printed: str, cell: str, notes: Notes) -> str | None:
    if not printed.strip(" _."):
        notes.add("standard.order_date_missing", COLUMN, before=cell)
        return None
    try:
        return _date(printed.strip()).isoformat()
    except ValueError:
        notes.add("standard.order_date_unread", COLUMN, before=printed)
        return None


def _date(printed: str) -> date:
    if numeric := _NUMERIC.fullmatch(printed):
        day, month, year = (int(number) for number in numeric.groups())
        return date(year, month, day)
    worded = _WORDED.fullmatch(printed)
    if worded is None or worded[2].lower() not in _MONTHS:
        raise ValueError(printed)
    return date(int(worded[3]), _MONTHS[worded[2].lower()], int(worded[1]))
