"""What the cells of a workbook show: strings with their runs, numbers by their formats.

Struck-out runs and marks of notes are passed over. Excel writes some characters as `_x000D_`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.catalog.council_table.grammar.cells import is_note_mark
from services.catalog.council_table.reading.docx_formats import is_set
from services.catalog.council_table.reading.number_formats import (
    BUILT_IN_FORMATS,
    UNKNOWN_FORMAT,
    ShownKind,
    hides_text,
    show_number,
)
from services.catalog.council_table.reading.office_package import OfficePackage

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED_CHARACTER = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TRUTH = {"1": "ИСТИНА", "0": "ЛОЖЬ"}
_KIND_RULES = {ShownKind.DATE: "cell.date", ShownKind.UNKNOWN: "cell.number_format"}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """The text that a cell shows, and remarks about it as pairs of a rule and a text."""

    text: str
    remarks: tuple[tuple[str, str], ...] = ()
    is_formula: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class _CellStyle:
    """How a cell looks, as far as it decides what is read."""

    number_format: str = "General"
    is_struck: bool = False


class WorkbookCells:
    """Shows the cells of one workbook by its strings and styles."""

    def __init__(self, package: OfficePackage, main_part: str, workbook: Any) -> None:
        self._strings = [
            _read_string(item)
            for part in package.find_related(main_part, "sharedstrings")
            for item in part.iterchildren(f"{S}si")
        ]
        styles = package.find_related(main_part, "styles")
        self._styles = _read_styles(styles[0]) if styles else []
        properties = workbook.find(f"{S}workbookPr")
        self._starts_1904 = properties is not None and is_set(properties.get("date1904", "0"))

    def show(self, cell: Any) -> ShownCell:
        """What a cell shows. Raises `ValueError` where it names a string that there is not."""
        style_number = int(cell.get("s", "0"))
        style = self._styles[style_number] if style_number < len(self._styles) else _CellStyle()
        shown_cell = self._show_content(cell, style)
        if style.is_struck and shown_cell.text:
            remarks = (*shown_cell.remarks, ("text.struck_out", shown_cell.text))
            return ShownCell("", remarks, shown_cell.is_formula)
        return shown_cell

    def _show_content(self, cell: Any, style: _CellStyle) -> ShownCell:
        """What a cell of a style shows, as if it were not struck out."""
        if cell.find(f"{S}f") is not None:
            return ShownCell("", is_formula=True)
        value = cell.findtext(f"{S}v", "")
        match cell.get("t", "n"):
            case "s":
                shown_cell = self._strings[int(value)]
            case "inlineStr":
                text = cell.find(f"{S}is")
                shown_cell = _read_string(text) if text is not None else ShownCell("")
            case "str" | "e":
                shown_cell = ShownCell(decode_escapes(value))
            case "b":
                shown_cell = ShownCell(_TRUTH.get(value, value))
            case "d":
                day = datetime.fromisoformat(value)
                shown_cell = ShownCell(f"{day:%d.%m.%Y}", (("cell.date", value),))
            case _:
                return self._show_number(value.strip(), style)
        if shown_cell.text and hides_text(style.number_format):
            return ShownCell("", (*shown_cell.remarks, ("text.hidden", shown_cell.text)))
        return shown_cell

    def _show_number(self, value: str, style: _CellStyle) -> ShownCell:
        """What a number shows in a style."""
        if not value:
            return ShownCell("")
        shown_value = show_number(value, style.number_format, starts_1904=self._starts_1904)
        if shown_value.kind is ShownKind.NOTHING:
            return ShownCell("", (("text.hidden", value),))
        rule = _KIND_RULES.get(shown_value.kind)
        remarks = ((rule, shown_value.text),) if rule is not None else ()
        return ShownCell(shown_value.text, remarks, is_number=shown_value.kind is ShownKind.NUMBER)


def decode_escapes(text: str) -> str:
    """The text with the characters that Excel writes as `_xHHHH_`."""
    return _ESCAPED_CHARACTER.sub(lambda match: chr(int(match[1], 16)), text)


def _read_string(item: Any) -> ShownCell:
    """A string's printed text: its own or that of its runs, without its pronunciation."""
    text = ""
    remarks: list[tuple[str, str]] = []
    for element in item:
        if element.tag == f"{S}t":
            text += decode_escapes(element.text or "")
        elif element.tag == f"{S}r":
            piece = decode_escapes(element.findtext(f"{S}t", "") or "")
            properties = element.find(f"{S}rPr")
            if _is_struck(properties):
                remarks.append(("text.struck_out", piece))
            elif _is_raised(properties) and is_note_mark(piece, text):
                remarks.append(("text.note", piece))
            else:
                text += piece
    return ShownCell(text, tuple(remarks))


def _is_struck(font: Any | None) -> bool:
    """Whether a font strikes text out."""
    strike = font.find(f"{S}strike") if font is not None else None
    return strike is not None and is_set(strike.get("val"))


def _is_raised(font: Any | None) -> bool:
    """Whether a font raises text above the line."""
    position = font.find(f"{S}vertAlign") if font is not None else None
    return position is not None and position.get("val") == "superscript"


def _read_styles(styles: Any) -> list[_CellStyle]:
    """The styles of cells by their numbers."""
    formats: dict[int, str] = dict(BUILT_IN_FORMATS)
    for element in styles.iterfind(f"{S}numFmts/{S}numFmt"):
        formats[int(element.get("numFmtId", "0"))] = decode_escapes(element.get("formatCode", ""))
    struck_fonts = {
        number
        for number, font in enumerate(styles.iterfind(f"{S}fonts/{S}font"))
        if _is_struck(font)
    }
    return [
        _CellStyle(
            formats.get(int(element.get("numFmtId", "0")), UNKNOWN_FORMAT),
            int(element.get("fontId", "0")) in struck_fonts,
        )
        for element in styles.iterfind(f"{S}cellXfs/{S}xf")
    ]
