"""Column 3: the occupational standard's code, its title, its order's number and date.

    [code] title [«title»] "Приказ" issuer "от" [date] ["г."] ("N" | "№") [number]

A blank date or number ("от г. N") is missing and stays so. A code that is not printed is taken from
the vocabulary by the title, as an assumption; no other title has one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.catalog.council_table.grammar.candidate import CandidateStandard
from services.catalog.council_table.grammar.cells import to_one_line
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.vocabulary import canonical_phrase

_MAX_LENGTH = 2_000
"""Characters; the patterns below are quadratic in them at worst."""

_CODE = re.compile(r"\b\d{2}\.\d{3}\b(?!\.)")
_CONFIRMED_BY = r"[(,;]?\s*(?:утв(?:\.|ержд[её]н\w*)\s+)?приказ\w*\s+"
_ISSUER = r"(?P<issuer>(?:(?!\bот\b|№|\bN\b).)*?)\s*"
_YEAR_WORD = r"(?:(?<![а-яё])г(?:ода|\.)?(?=\s|$)\s*)?"
_DATED = rf"(?:\bот\b\s*(?P<date>.*?)\s*{_YEAR_WORD})?"
_NUMBERED = r"(?:№|\bN\b)\s*(?P<number>[\w/-]*)\s*"
_ORDER = re.compile(rf"{_CONFIRMED_BY}{_ISSUER}{_DATED}{_NUMBERED}(?P<rest>.*)", re.IGNORECASE)
_ORDER_WORD = re.compile(r"приказ\w*\s+(?:Минтруда|Министерства)", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_WORDED_DATE = re.compile(r"«?(\d{1,2})»?\s+([а-я]+)\s+(\d{4})", re.IGNORECASE)
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
_PUNCTUATION = ' «»"“”.,;()'


@dataclass(frozen=True, slots=True)
class PrintedStandard:
    """The parts of a standard as they are printed, each None or empty where it is not."""

    code: str | None
    title: str
    order: re.Match[str] | None

    def order_part(self, name: str) -> str:
        """A part of what is printed of the order, empty where there is none."""
        return (self.order[name] or "") if self.order is not None else ""


def read_standards(
    cell: str, standard_codes: Mapping[str, str], findings: Findings
) -> tuple[CandidateStandard, ...]:
    """The standards that the cell names, in its order; empty where none can be read.

    Several are read where each begins a line with its code; otherwise a finding says that there
    are several, and none is read. `standard_codes` are the vocabulary's codes by titles.
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
    standards = (read_standard(standard_cell, standard_codes, findings) for standard_cell in cells)
    return tuple(standard for standard in standards if standard is not None)


def read_standard(
    cell: str, standard_codes: Mapping[str, str], findings: Findings
) -> CandidateStandard | None:
    """The standard as the draft has it; None, with a finding, where there is none to read."""
    text = to_one_line(cell)
    if text in {"", "-", "–", "—"}:
        findings.add("standard.missing", Column.OCCUPATIONAL_STANDARD)
        return None
    if (defect := _find_defect(text)) is not None:
        findings.add(defect, Column.OCCUPATIONAL_STANDARD, before=cell)
        return None
    standard = _split_standard(text)
    code = standard.code or _code_from_title(standard.title, standard_codes, findings)
    number = standard.order_part("number") or None
    if number is None:
        findings.add("standard.order_number_missing", Column.OCCUPATIONAL_STANDARD, before=cell)
    order_date = _read_date(standard.order_part("date"), cell, findings)
    return CandidateStandard(
        code=code, title=standard.title, order_number=number, order_date=order_date
    )


def _find_defect(text: str) -> str | None:
    """The rule by which the text is not to be read, None where it is."""
    if len(text) > _MAX_LENGTH:
        return "standard.unread"
    if len(set(_CODE.findall(text))) > 1 or len(_ORDER_WORD.findall(text)) > 1:
        return "standard.several"
    standard = _split_standard(text)
    if not standard.title or standard.order_part("rest").strip(_PUNCTUATION):
        return "standard.unread"
    return None


def _split_standard(text: str) -> PrintedStandard:
    """The parts of a line that names one standard."""
    order = _ORDER.search(text)
    head = text[: order.start()] if order is not None else text
    code = _CODE.search(head)
    title = _CODE.sub("", head).strip()
    title = title.strip(_PUNCTUATION) if title[:1] in '«"“' else title.rstrip(" .,;")
    return PrintedStandard(code[0] if code is not None else None, title, order)


def _code_from_title(
    title: str, standard_codes: Mapping[str, str], findings: Findings
) -> str | None:
    """The code that the vocabulary has for the title, with a finding either way."""
    code = standard_codes.get(canonical_phrase(title))
    if code is None:
        findings.add("standard.code_missing", Column.OCCUPATIONAL_STANDARD, before=title)
    else:
        findings.add(
            "standard.code_from_title", Column.OCCUPATIONAL_STANDARD, before=title, after=code
        )
    return code


def _read_date(date_text: str, cell: str, findings: Findings) -> date | None:
    """The order's date; None, with a finding, where it is missing or unreadable."""
    if not date_text.strip(" _."):
        findings.add("standard.order_date_missing", Column.OCCUPATIONAL_STANDARD, before=cell)
        return None
    try:
        return _parse_date(date_text.strip())
    except ValueError:
        findings.add("standard.order_date_unread", Column.OCCUPATIONAL_STANDARD, before=date_text)
        return None


def _parse_date(date_text: str) -> date:
    """A date printed as `02.03.2026` or `2 марта 2026`. Raises `ValueError`."""
    if numeric_match := _NUMERIC_DATE.fullmatch(date_text):
        day, month, year = (int(number) for number in numeric_match.groups())
        return date(year, month, day)
    worded_match = _WORDED_DATE.fullmatch(date_text)
    if worded_match is None or worded_match[2].lower() not in _MONTHS:
        raise ValueError(date_text)
    return date(int(worded_match[3]), _MONTHS[worded_match[2].lower()], int(worded_match[1]))
