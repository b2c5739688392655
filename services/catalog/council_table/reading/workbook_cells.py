"""What the cells of a workbook show: strings with their runs, numbers by their formats.

Struck-out runs and marks of notes are passed over. Excel writes some characters as `_x000D_`.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.catalog.council_table.grammar.cells import is_note_mark
from services.catalog.council_table.reading.cell_styles import (
    CellStyle,
    S,
    is_struck,
    is_unseen,
    read_styles,
)
from services.catalog.council_table.reading.docx_formats import is_set
from services.catalog.council_table.reading.number_formats import (
    ShownKind,
    show_number,
    show_text,
)
from services.catalog.council_table.reading.office_package import OfficePackage

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


class WorkbookCells:
    """Shows the cells of one workbook by its strings and styles."""

    def __init__(self, package: OfficePackage, main_part: str, workbook: Any) -> None:
        self._strings = [
            item
            for part in package.find_related(main_part, "sharedstrings")
            for item in part.iterchildren(f"{S}si")
        ]
        styles = package.find_related(main_part, "styles")
        self._styles = read_styles(styles[0], decode_escapes) if styles else []
        properties = workbook.find(f"{S}workbookPr")
        self._starts_1904 = properties is not None and is_set(properties.get("date1904", "0"))

    def show(self, cell: Any) -> ShownCell:
        """What a cell shows. Raises `ValueError` where it names a string that there is not."""
        style_number = int(cell.get("s", "0"))
        style = self._styles[style_number] if style_number < len(self._styles) else CellStyle()
        shown_cell = self._show_content(cell, style)
        if shown_cell.text and (style.is_unseen or style.is_struck):
            rule = "text.hidden" if style.is_unseen else "text.struck_out"
            remarks = (*shown_cell.remarks, (rule, shown_cell.text))
            return ShownCell("", remarks, shown_cell.is_formula)
        return shown_cell

    def _show_content(self, cell: Any, style: CellStyle) -> ShownCell:
        """What a cell of a style shows, as if it were not struck out."""
        if cell.find(f"{S}f") is not None:
            return ShownCell("", is_formula=True)
        value = cell.findtext(f"{S}v", "")
        match cell.get("t", "n"):
            case "s":
                shown_cell = _read_string(self._strings[int(value)], has_fill=style.has_fill)
            case "inlineStr":
                text = cell.find(f"{S}is")
                shown_cell = (
                    _read_string(text, has_fill=style.has_fill)
                    if text is not None
                    else ShownCell("")
                )
            case "str" | "e":
                shown_cell = ShownCell(decode_escapes(value))
            case "b":
                shown_cell = ShownCell(_TRUTH.get(value, value))
            case "d":
                shown_cell = ShownCell(_show_iso_date(value), (("cell.date", value),))
            case _:
                return self._show_number(value.strip(), style)
        shown_text = show_text(shown_cell.text, style.number_format) if shown_cell.text else ""
        if shown_cell.text not in shown_text:
            remarks = (*shown_cell.remarks, ("text.hidden", shown_cell.text))
            return ShownCell(shown_text, remarks)
        return replace(shown_cell, text=shown_text)

    def _show_number(self, value: str, style: CellStyle) -> ShownCell:
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
    """The text with the characters that Excel writes as `_xHHHH_`, in two halves if need be."""
    decoded_text = _ESCAPED_CHARACTER.sub(lambda match: chr(int(match[1], 16)), text)
    if decoded_text == text:
        return text
    return decoded_text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _show_iso_date(value: str) -> str:
    """A day as it is shown; another moment as it is written."""
    try:
        return f"{datetime.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value


def _read_string(item: Any, *, has_fill: bool) -> ShownCell:
    """A string's printed text: its own or that of its runs, without its pronunciation.

    `has_fill` says that it stands on a fill, where white runs can be seen.
    """
    text = ""
    remarks: list[tuple[str, str]] = []
    for element in item:
        if element.tag == f"{S}t":
            text += decode_escapes(element.text or "")
        elif element.tag == f"{S}r":
            piece = decode_escapes(element.findtext(f"{S}t", "") or "")
            properties = element.find(f"{S}rPr")
            if is_unseen(properties, has_fill=has_fill):
                remarks.append(("text.hidden", piece))
            elif is_struck(properties):
                remarks.append(("text.struck_out", piece))
            elif _is_raised(properties) and is_note_mark(piece, text):
                remarks.append(("text.note", piece))
            else:
                text += piece
    return ShownCell(text, tuple(remarks))


def _is_raised(font: Any | None) -> bool:
    """Whether a font raises text above the line."""
    position = font.find(f"{S}vertAlign") if font is not None else None
    return position is not None and position.get("val") == "superscript"
