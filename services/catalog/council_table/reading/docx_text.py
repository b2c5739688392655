"""The text of a DOCX as it is printed, and what of its text is passed over.

What is printed stands in runs, also in those that were inserted or moved there with changes
tracked, in content controls, links, equations and text boxes. Passed over, and told, are hidden and
struck-out runs, what was deleted or moved away, marks of footnotes, comments, prompts of content
controls that nobody has filled, and pictures.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.catalog.council_table.grammar.cells import is_note_mark
from services.catalog.council_table.reading.docx_formats import (
    VALUE,
    RunFormats,
    W,
    has_property,
    read_value,
)
from services.catalog.council_table.reading.office_package import OfficePackage

PARAGRAPH, TABLE, ROW, CELL = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
_RUN, _TEXT, _DELETED_TEXT = f"{W}r", f"{W}t", f"{W}delText"
_CONTENT_CONTROL, _BOX = f"{W}sdt", f"{W}txbxContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ALTERNATIVES = f"{_COMPATIBILITY}AlternateContent"
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
        self._decimal_levels = {
            level
            for part in package.find_related(main_part, "numbering")
            for level in _find_decimal_levels(part)
        }
        self._item_counts: Counter[str] = Counter()

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
            properties = paragraph.find(f"{W}pPr")
            joins_line_above = properties is not None and has_property(
                properties, "rPr", "del", "moveFrom"
            )
        return "\n".join(lines)

    def read_paragraph(self, paragraph: Any, passed_text: PassedText) -> str:
        """The paragraph's printed text, its number or bullet in front."""
        properties = paragraph.find(f"{W}pPr")
        style = read_value(properties, "pStyle")
        table_style = _find_table_style(paragraph)
        content = ""
        for piece, run in self._pieces(paragraph, passed_text):
            run_format = self._formats.find_format(run, style, table_style)
            if run_format.is_hidden:
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

    def _pieces(self, element: Any, passed_text: PassedText) -> Iterator[tuple[str, Any]]:
        """The pieces of text of an element, each with its run; what is no text is passed over."""
        for child in iter_printed(element):
            if child.tag in _REMOVED:
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
                yield from self._pieces(child, passed_text)

    def _read_picture(self, picture: Any, passed_text: PassedText) -> Iterator[tuple[str, Any]]:
        """The text of a picture's text boxes, on lines of its own; without one, it is told."""
        boxes = [box for box in picture.iter(_BOX) if not _is_fallback(box, picture)]
        for box in boxes:
            yield f"\n{self.read_block(box, passed_text)}\n", box
        if not boxes:
            passed_text.add("text.picture", picture.get(f"{W}char") or "□")

    def _number_item(self, content: str, properties: Any | None, style: str | None) -> str:
        """The content with the number or bullet that the editor gives to an item of a list."""
        candidates = [properties] if properties is not None else []
        candidates += [element.find(f"{W}pPr") for element in self._formats.list_style_chain(style)]
        levels = (_read_list_level(element) for element in candidates)
        list_level = next((level for level in levels if level is not None), None)
        if list_level is None or list_level[0] == "0" or not content.strip():
            return content
        if list_level not in self._decimal_levels:
            return f"• {content}"
        self._item_counts[list_level[0]] += 1
        return f"{self._item_counts[list_level[0]]}. {content}"


def iter_printed(element: Any) -> Iterator[Any]:
    """An element's children as they are printed: content controls opened, one alternative taken."""
    for child in element:
        if child.tag == _ALTERNATIVES:
            alternatives = [*child.iterchildren(f"{_COMPATIBILITY}Choice"), *child]
            yield from iter_printed(alternatives[0]) if alternatives else ()
        elif child.tag in _WRAPPERS:
            yield from iter_printed(child)
        elif isinstance(child.tag, str):
            yield child


_WRAPPERS = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")
)


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


def _read_list_level(properties: Any | None) -> tuple[str, str] | None:
    """The id of the paragraph's or style's list and its level there, as the file names them."""
    numbering = properties.find(f"{W}numPr") if properties is not None else None
    list_id = read_value(numbering, "numId")
    return (list_id, read_value(numbering, "ilvl") or "0") if list_id is not None else None


def _find_decimal_levels(numbering: Any) -> Iterator[tuple[str, str]]:
    """The first levels, as (list id, "0"), of the lists that are counted 1, 2, 3."""
    formats = {
        abstract_list.get(f"{W}abstractNumId"): number_format.get(VALUE)
        for abstract_list in numbering.iter(f"{W}abstractNum")
        if (number_format := next(abstract_list.iter(f"{W}numFmt"), None)) is not None
    }
    for list_element in numbering.iter(f"{W}num"):
        if formats.get(read_value(list_element, "abstractNumId")) == "decimal":
            yield list_element.get(f"{W}numId"), "0"
