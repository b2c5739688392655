"""Tables in DOCX: all tables of the body one after another, with the paragraphs between them.

A table that runs over pages may stand as one table, as several, or with a row cut in two. Numbers
that the editor counts itself ("1.", "2.") are part of what people read, so they are written out.
Text that was deleted with changes tracked is left out; nothing outside the document is loaded.
"""

import io
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from services.catalog.council_table.grammar.cells import WIDTH, Counter, Origin, RawRow, RawTable
from services.catalog.council_table.grammar.limits import Limits, UnreadableTable

_TEXT, _PARAGRAPH, _TABLE = qn("w:t"), qn("w:p"), qn("w:tbl")
_MARKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_SPAN, _MERGE, _VALUE = qn("w:gridSpan"), qn("w:vMerge"), qn("w:val")


def read_docx(content: bytes, limits: Limits) -> RawTable:
    """The rows of a document whose archive was checked.

    Raises `UnreadableTable` where it is no such document, `TableTooLarge`.
    """
    try:
        document = docx.Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableTable(
            "table.damaged", "The document is damaged. Save and upload it again."
        ) from error
    numbers = _Numbers(document)
    counter = Counter(limits)
    rows: list[RawRow] = []
    body: Any = document.element.body
    # Not `document.iter_inner_content()`: its XPath union takes quadratic time over many elements.
    for element in body.iterchildren(_PARAGRAPH, _TABLE):
        if element.tag == _PARAGRAPH:
            text = numbers.text(element)
            if text.strip():
                rows.append(RawRow(counter.checked([text]), Origin(None, len(rows) + 1)))
            continue
        for row in element.tr_lst:
            rows.append(_row(row, numbers, counter, len(rows) + 1))
    return RawTable(tuple(rows))


def _row(row: Any, numbers: "_Numbers", counter: Counter, line: int) -> RawRow:
    parts = list(row.tc_lst)
    # A grid finer than the form's columns is an editor's doing: eleven cells are the form's.
    spans = [1 if len(parts) == WIDTH else _span(part) for part in parts]
    texts: list[str] = []
    continued: set[int] = set()
    covered: set[int] = set()
    for part, span in zip(parts, spans, strict=True):
        start = len(texts) + 1
        covered.update(range(start + 1, start + span))
        if _continues(part):
            continued.update(range(start, start + span))
            texts.extend([""] * span)
        else:
            lines = (numbers.text(paragraph) for paragraph in part.iter(_PARAGRAPH))
            texts.extend(["\n".join(lines), *[""] * (span - 1)])
    cells = counter.checked(texts)
    return RawRow(cells, Origin(None, line), frozenset(continued), frozenset(covered))


def _span(cell: Any) -> int:
    found = next(cell.iter(_SPAN), None)
    # What is wider than any form is counted as such, not laid out.
    return max(1, min(int(found.get(_VALUE, "1")), 2 * WIDTH)) if found is not None else 1


def _continues(cell: Any) -> bool:
    merge = cell.tcPr.find(_MERGE) if cell.tcPr is not None else None
    return merge is not None and merge.get(_VALUE, "continue") == "continue"


class _Numbers:
    """Writes out paragraphs with the numbers that the editor gives them."""

    def __init__(self, document: Document) -> None:
        self._styles = {
            style.style_id: number
            for style in document.styles
            if (number := self._number(style.element)) is not None
        }
        self._decimal = set(self._decimal_lists(document))
        self._counts: Tally[str] = Tally()

    def text(self, paragraph: Any) -> str:
        """The paragraph as people read it, its number in front."""
        words = "".join(self._words(paragraph))
        number = self._number(paragraph)
        if number is None and paragraph.style is not None:
            number = self._styles.get(paragraph.style)
        if number is None or number[0] == "0" or not words.strip():
            return words
        if number not in self._decimal:
            return f"• {words}"
        self._counts[number[0]] += 1
        return f"{self._counts[number[0]]}. {words}"

    @staticmethod
    def _words(paragraph: Any) -> Iterator[str]:
        for element in paragraph.iter(_TEXT, *_MARKS):
            owner = next(element.iterancestors(_PARAGRAPH))
            # A text box has paragraphs of its own; its fallback says the same again.
            if owner is paragraph:
                yield element.text or "" if element.tag == _TEXT else _MARKS[element.tag]

    @staticmethod
    def _number(element: Any) -> tuple[str, str] | None:
        """The list and the level in it, as the file names them."""
        found = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if found is None or (number := found.find(qn("w:numId"))) is None:
            return None
        level = found.find(qn("w:ilvl"))
        return number.get(_VALUE, "0"), level.get(_VALUE, "0") if level is not None else "0"

    @staticmethod
    def _decimal_lists(document: Document) -> Iterator[tuple[str, str]]:
        """The lists whose first level is counted 1, 2, 3."""
        try:
            root: Any = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        formats = {
            kind.get(qn("w:abstractNumId")): form.get(_VALUE)
            for kind in root.iter(qn("w:abstractNum"))
            if (form := next(kind.iter(qn("w:numFmt")), None)) is not None
        }
        for number in root.iter(qn("w:num")):
            kind = number.find(qn("w:abstractNumId"))
            if kind is not None and formats.get(kind.get(_VALUE)) == "decimal":
                yield number.get(qn("w:numId")), "0"
