"""Tables in DOCX: all tables of the body one after another, with the paragraphs between them.

A table that runs over pages may stand as one table, as several, or with a row cut in two. Numbers
that the editor counts itself ("1.", "2.") are part of what people read, so they are written out.
Text that was deleted with changes tracked is left out; nothing outside the document is loaded.
"""

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    TableSizeCounter,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable

_TEXT, _PARAGRAPH, _TABLE = qn("w:t"), qn("w:p"), qn("w:tbl")
_INLINE_CHARACTERS = {
    qn("w:tab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_SPAN, _MERGE, _VALUE = qn("w:gridSpan"), qn("w:vMerge"), qn("w:val")


def read_docx(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a document whose archive was checked.

    Raises `UnreadableTable` where it is no such document, `TableTooLarge`.
    """
    try:
        document = docx.Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableTable(
            "table.damaged", "The document is damaged. Save and upload it again."
        ) from error
    numbering = _ListNumbering(document)
    counter = TableSizeCounter(limits)
    rows: list[RawRow] = []
    body: Any = document.element.body
    # Not `document.iter_inner_content()`: its XPath union takes quadratic time over many elements.
    for element in body.iterchildren(_PARAGRAPH, _TABLE):
        if element.tag == _PARAGRAPH:
            text = numbering.paragraph_text(element)
            if text.strip():
                rows.append(RawRow(counter.count_row([text]), Origin(None, len(rows) + 1)))
            continue
        for row in element.tr_lst:
            rows.append(_read_row(row, numbering, counter, len(rows) + 1))
    return RawTable(tuple(rows))


def _read_row(
    row: Any, numbering: "_ListNumbering", counter: TableSizeCounter, line: int
) -> RawRow:
    """The row's cells as the grid has them, merged ones as blanks. `line` counts rows from 1.

    Raises `TableTooLarge`.
    """
    grid_cells = list(row.tc_lst)
    # A grid finer than the form's columns is an editor's doing: eleven cells are the form's.
    spans = [1 if len(grid_cells) == COLUMN_COUNT else _column_span(cell) for cell in grid_cells]
    texts: list[str] = []
    merged_above: set[int] = set()
    merged_left: set[int] = set()
    for cell, span in zip(grid_cells, spans, strict=True):
        start = len(texts) + 1
        merged_left.update(range(start + 1, start + span))
        if _is_merged_above(cell):
            merged_above.update(range(start, start + span))
            texts.extend([""] * span)
        else:
            lines = (numbering.paragraph_text(paragraph) for paragraph in cell.iter(_PARAGRAPH))
            texts.extend(["\n".join(lines), *[""] * (span - 1)])
    cells = counter.count_row(texts)
    return RawRow(cells, Origin(None, line), frozenset(merged_above), frozenset(merged_left))


def _column_span(cell: Any) -> int:
    """How many columns of the grid the cell covers: at least 1."""
    span = next(cell.iter(_SPAN), None)
    # What is wider than any form is counted as such, not laid out.
    return max(1, min(int(span.get(_VALUE, "1")), 2 * COLUMN_COUNT)) if span is not None else 1


def _is_merged_above(cell: Any) -> bool:
    """Whether the cell continues the merged cell above it."""
    merge = cell.tcPr.find(_MERGE) if cell.tcPr is not None else None
    return merge is not None and merge.get(_VALUE, "continue") == "continue"


class _ListNumbering:
    """Writes out paragraphs with the numbers that the editor gives to items of lists."""

    def __init__(self, document: Document) -> None:
        self._style_levels = {
            style.style_id: list_level
            for style in document.styles
            if (list_level := self._list_level(style.element)) is not None
        }
        self._decimal_levels = set(self._find_decimal_levels(document))
        self._item_counts: Counter[str] = Counter()

    def paragraph_text(self, paragraph: Any) -> str:
        """The paragraph as people read it, its number or bullet in front.

        Call it once for each paragraph, in their order: it counts the items of lists.
        """
        content = "".join(self._text_runs(paragraph))
        list_level = self._list_level(paragraph)
        if list_level is None and paragraph.style is not None:
            list_level = self._style_levels.get(paragraph.style)
        if list_level is None or list_level[0] == "0" or not content.strip():
            return content
        if list_level not in self._decimal_levels:
            return f"• {content}"
        self._item_counts[list_level[0]] += 1
        return f"{self._item_counts[list_level[0]]}. {content}"

    @staticmethod
    def _text_runs(paragraph: Any) -> Iterator[str]:
        """The paragraph's pieces of text, with tabs and line breaks as characters."""
        for element in paragraph.iter(_TEXT, *_INLINE_CHARACTERS):
            owner = next(element.iterancestors(_PARAGRAPH))
            # A text box has paragraphs of its own; its fallback says the same again.
            if owner is paragraph:
                yield (
                    element.text or "" if element.tag == _TEXT else _INLINE_CHARACTERS[element.tag]
                )

    @staticmethod
    def _list_level(element: Any) -> tuple[str, str] | None:
        """The id of the paragraph's or style's list and its level there, as the file names them."""
        properties = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if properties is None or (list_id := properties.find(qn("w:numId"))) is None:
            return None
        level = properties.find(qn("w:ilvl"))
        return list_id.get(_VALUE, "0"), level.get(_VALUE, "0") if level is not None else "0"

    @staticmethod
    def _find_decimal_levels(document: Document) -> Iterator[tuple[str, str]]:
        """The first levels, as (list id, "0"), of the lists that are counted 1, 2, 3."""
        try:
            root: Any = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        formats = {
            abstract_list.get(qn("w:abstractNumId")): number_format.get(_VALUE)
            for abstract_list in root.iter(qn("w:abstractNum"))
            if (number_format := next(abstract_list.iter(qn("w:numFmt")), None)) is not None
        }
        for list_element in root.iter(qn("w:num")):
            abstract_list = list_element.find(qn("w:abstractNumId"))
            if abstract_list is not None and formats.get(abstract_list.get(_VALUE)) == "decimal":
                yield list_element.get(qn("w:numId")), "0"
