"""The text of a DOCX as it is printed, and what of its text is passed over.

What is printed stands in runs, also in those that were inserted or moved there with changes
tracked, in content controls, links, equations, results of fields and text boxes. Passed over, and
told, are hidden and struck-out runs, what was deleted or moved away, marks of footnotes, comments,
prompts of content controls that nobody has filled, pictures, check boxes and embedded files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from services.catalog.council_table.grammar.cells import is_note_mark
from services.catalog.council_table.reading.docx_formats import (
    VALUE,
    RunFormats,
    W,
    has_element,
    has_property,
    read_value,
)
from services.catalog.council_table.reading.docx_numbering import ListNumbers
from services.catalog.council_table.reading.office_package import OfficePackage

PARAGRAPH, TABLE, ROW, CELL = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
EMBEDDED_FILE = f"{W}altChunk"
_TEXT, _DELETED_TEXT = f"{W}t", f"{W}delText"
_FIELD_CHARACTER = f"{W}fldChar"
_CONTENT_CONTROL, _BOX = f"{W}sdt", f"{W}txbxContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATIVES = f"{_COMPATIBILITY}AlternateContent"
_KNOWN_VENDORS = ("schemas.microsoft.com", "schemas.openxmlformats.org")
_REMOVED = {f"{W}del": "text.deleted", f"{W}moveFrom": "text.deleted"}
_CHARACTERS = {
    f"{W}tab": " ",
    f"{W}ptab": " ",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_PICTURES = frozenset({f"{W}drawing", f"{W}pict", f"{W}object", f"{W}sym"})
_NOTE_KINDS = {
    f"{W}footnoteReference": ("footnotes", "text.note"),
    f"{W}endnoteReference": ("endnotes", "text.note"),
    f"{W}commentReference": ("comments", "text.comment"),
}
_UNREAD = frozenset(
    {f"{W}{name}" for name in ("rPr", "pPr", "sdtPr", "sdtEndPr", "rt", "instrText")}
)


@dataclass
class PassedText:
    """Pieces of text that were passed over, each with the rule of its finding."""

    pieces: list[tuple[str, str]] = field(default_factory=list)

    def add(self, rule: str, text: str) -> None:
        """Adds a piece; one that goes on with the same rule is joined to the piece before it."""
        if self.pieces and self.pieces[-1][0] == rule and rule != "text.comment":
            text = self.pieces.pop()[1] + text
        if text:
            self.pieces.append((rule, text))


class DocumentText:
    """Reads paragraphs of one document, in their order: it counts the items of lists."""

    def __init__(self, package: OfficePackage, main_part: str) -> None:
        styles = package.find_related(main_part, "styles")
        self._formats = RunFormats(styles[0] if styles else None)
        self._notes = {
            kind: {
                note.get(f"{W}id", ""): all_text(note)
                for part in package.find_related(main_part, kind)
                for note in part
            }
            for kind in ("footnotes", "endnotes", "comments")
        }
        self._numbers = ListNumbers(package.find_related(main_part, "numbering"))

    def read_block(self, container: Any, passed_text: PassedText) -> str:
        """The printed text of a container's paragraphs and nested tables, a line each."""
        lines: list[str] = []
        joins_line_above = False
        for paragraph in _paragraphs(container):
            text = self.read_paragraph(paragraph, passed_text)
            if joins_line_above:
                lines[-1] += text
            else:
                lines.append(text)
            joins_line_above = _ends_no_line(paragraph.find(f"{W}pPr"))
        for _ in container.iter(EMBEDDED_FILE):
            passed_text.add("text.picture", "□")
        return "\n".join(lines)

    def read_paragraph(self, paragraph: Any, passed_text: PassedText) -> str:
        """The paragraph's printed text, its number or bullet in front."""
        properties = paragraph.find(f"{W}pPr")
        style = read_value(properties, "pStyle")
        table_style = _find_table_style(paragraph)
        content = ""
        open_fields: list[bool] = []
        for piece, run in self._pieces(paragraph, passed_text, open_fields):
            run_format = self._formats.find_format(run, style, table_style)
            if run_format.is_hidden or not all(open_fields):
                passed_text.add("text.hidden", piece)
            elif _is_prompt(run):
                passed_text.add("text.prompt", piece)
            elif run_format.is_struck:
                passed_text.add("text.struck_out", piece)
            elif run_format.is_raised and is_note_mark(piece, content):
                passed_text.add("text.note", piece)
            else:
                content += piece
        return self._number_item(content, properties, style)

    def _pieces(
        self, element: Any, passed_text: PassedText, open_fields: list[bool]
    ) -> Iterator[tuple[str, Any]]:
        """The pieces of text of an element, each with its run; what is no text is passed over.

        `open_fields` are the fields around it, true for those whose result has begun.
        """
        for child in iter_printed(element):
            if child.tag == _FIELD_CHARACTER:
                yield _read_form_field(child, passed_text), child.getparent()
                _follow_field(child.get(f"{W}fldCharType"), open_fields)
            elif child.tag in _REMOVED:
                passed_text.add(_REMOVED[child.tag], all_text(child))
            elif child.tag in {_TEXT, _MATH_TEXT}:
                yield child.text or "", child.getparent()
            elif child.tag in _CHARACTERS:
                yield _CHARACTERS[child.tag], child.getparent()
            elif child.tag in _PICTURES:
                yield from self._read_picture(child, passed_text)
            elif child.tag in _NOTE_KINDS:
                kind, rule = _NOTE_KINDS[child.tag]
                passed_text.add(rule, self._notes[kind].get(child.get(f"{W}id", ""), "") or "*")
            elif child.tag not in _UNREAD:
                yield from self._pieces(child, passed_text, open_fields)

    def _read_picture(self, picture: Any, passed_text: PassedText) -> Iterator[tuple[str, Any]]:
        """The text of a picture's text boxes, on lines of its own; without one, it is told."""
        boxes = [box for box in picture.iter(_BOX) if not _is_fallback(box, picture)]
        for box in boxes:
            yield f"\n{self.read_block(box, passed_text)}\n", box
        if not boxes:
            passed_text.add("text.picture", picture.get(f"{W}char") or "□")

    def _number_item(self, content: str, properties: Any | None, style: str | None) -> str:
        """The content with the number or bullet that the editor gives to an item of a list."""
        own_list = _read_list(properties)
        style_lists = (
            (_read_list(element.find(f"{W}pPr")), element.get(f"{W}styleId", ""))
            for element in self._formats.list_style_chain(style)
        )
        found_list, list_style = next(
            (pair for pair in ((own_list, ""), *style_lists) if pair[0] is not None), (None, "")
        )
        if found_list is None or (not content.strip() and _ends_no_line(properties)):
            return content
        list_id, level = found_list
        level_number = (
            int(level) if level is not None else self._numbers.find_level(list_id, list_style)
        )
        return self._numbers.number_item(content, list_id, level_number)


def iter_printed(element: Any) -> Iterator[Any]:
    """An element's children as they are printed: content controls opened, one alternative taken."""
    for child in element:
        if child.tag == _ALTERNATIVES:
            choices = filter(_is_understood, child.iterchildren(f"{_COMPATIBILITY}Choice"))
            fallbacks = child.iterchildren(f"{_COMPATIBILITY}Fallback")
            alternative = next(chain(choices, fallbacks), None)
            yield from iter_printed(alternative) if alternative is not None else ()
        elif child.tag in _WRAPPERS:
            yield from iter_printed(child)
        elif isinstance(child.tag, str):
            yield child


_WRAPPERS = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")
)


def _is_understood(choice: Any) -> bool:
    """Whether office programs know the namespaces that an alternative requires."""
    return all(
        any(vendor in choice.nsmap.get(prefix, "") for vendor in _KNOWN_VENDORS)
        for prefix in choice.get("Requires", "").split()
    )


def _ends_no_line(properties: Any | None) -> bool:
    """Whether a paragraph's end is hidden or deleted: the next one goes on in its line."""
    return properties is not None and has_property(properties, "rPr", "del", "moveFrom", "vanish")


def all_text(element: Any) -> str:
    """All text below an element, printed or not, paragraphs and cells set apart by blanks."""
    texts = (
        child.text or "" if child.tag in {_TEXT, _DELETED_TEXT} else " "
        for child in element.iter(_TEXT, _DELETED_TEXT, PARAGRAPH, *_CHARACTERS)
    )
    return re.sub(r"\s+", " ", "".join(texts)).strip()


def _paragraphs(container: Any) -> Iterator[Any]:
    """The paragraphs that are printed in a container, those of nested tables among them."""
    for child in iter_printed(container):
        if child.tag == PARAGRAPH:
            yield child
        elif child.tag in {TABLE, ROW, CELL}:
            yield from _paragraphs(child)


def _find_table_style(paragraph: Any) -> str | None:
    """The style of the table around a paragraph."""
    table = next(paragraph.iterancestors(TABLE), None)
    return read_value(table.find(f"{W}tblPr"), "tblStyle") if table is not None else None


def _is_prompt(run: Any) -> bool:
    """Whether the run is the prompt of a content control that nobody has filled."""
    control = next(run.iterancestors(_CONTENT_CONTROL), None)
    return control is not None and has_property(control, "sdtPr", "showingPlcHdr")


def _is_fallback(box: Any, picture: Any) -> bool:
    """Whether a text box says again, for older programs, what its alternative says."""
    ancestors = box.iterancestors(f"{_COMPATIBILITY}Fallback")
    return any(picture in ancestor.iterancestors() for ancestor in ancestors)


def _read_list(properties: Any | None) -> tuple[str, str | None] | None:
    """The id of the paragraph's or style's list, and its level where it is named."""
    numbering = properties.find(f"{W}numPr") if properties is not None else None
    list_id = read_value(numbering, "numId")
    return (list_id, read_value(numbering, "ilvl")) if list_id is not None else None


def _follow_field(mark: str | None, open_fields: list[bool]) -> None:
    """Opens a field, begins its result, or closes it; the rest of a field stands elsewhere."""
    if mark == "begin":
        open_fields.append(False)
    elif open_fields:
        open_fields[-1] = True
        if mark == "end":
            open_fields.pop()


def _read_form_field(field_begin: Any, passed_text: PassedText) -> str:
    """The chosen entry of a form's drop-down list; its check box is told as a picture."""
    entries = [
        entry.get(VALUE, "") for entry in field_begin.iterfind(f"{W}ffData/{W}ddList/{W}listEntry")
    ]
    check_box = field_begin.find(f"{W}ffData/{W}checkBox")
    if check_box is not None:
        state = "checked" if check_box.find(f"{W}checked") is not None else "default"
        passed_text.add("text.picture", "☒" if has_element(check_box, state) else "☐")
    chosen_entry = read_value(field_begin.find(f"{W}ffData/{W}ddList"), "result") or "0"
    return entries[int(chosen_entry)] if int(chosen_entry) < len(entries) else ""
