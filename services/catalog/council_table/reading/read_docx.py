"""Tables in DOCX: all tables of the body one after another, with the paragraphs between them.

A table that runs over pages may stand as one table, as several, or with a row cut in two. Numbers
that the editor counts itself ("1.", "2.") are part of what people read, so they are written out.
What is read is what is printed (see `docx_text`); nothing outside the document is loaded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    Remark,
    TableSizeCounter,
    is_page_number,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable
from services.catalog.council_table.reading.docx_formats import VALUE, W, has_property, read_value
from services.catalog.council_table.reading.docx_text import (
    CELL,
    EMBEDDED_FILE,
    PARAGRAPH,
    ROW,
    TABLE,
    DocumentText,
    PassedText,
    all_text,
    iter_printed,
)
from services.catalog.council_table.reading.office_package import (
    DamagedPackage,
    DeclaredEntities,
    OfficePackage,
)

_BODY = f"{W}body"
_REMARK_CHARACTERS = 500
_OUTSIDE_PARTS = {"header": "table.header", "footer": "table.header"}


def read_docx(package: OfficePackage, main_part: str, limits: TableLimits) -> RawTable:
    """The rows of a document whose archive was checked.

    Raises `UnreadableTable` where it is no such document, `TableTooLarge`.
    """
    try:
        reader = _BodyReader(package, main_part, TableSizeCounter(limits))
        return reader.read(package.parse_part(main_part))
    except (DamagedPackage, KeyError, ValueError, RecursionError) as error:
        if isinstance(error, UnreadableTable | DeclaredEntities):
            raise
        raise UnreadableTable(
            "table.damaged", "The document is damaged. Save and upload it again."
        ) from error


class _BodyReader:
    """Reads a document's body into rows and remarks about what was passed over."""

    def __init__(self, package: OfficePackage, main_part: str, counter: TableSizeCounter) -> None:
        self._text = DocumentText(package, main_part)
        self._counter = counter
        self._rows: list[RawRow] = []
        self._hidden_merges: set[int] = set()
        """Columns in which cells are merged with one of a row that was passed over."""
        self._remarks: list[Remark] = [
            Remark(_OUTSIDE_PARTS[relation.kind], text[:_REMARK_CHARACTERS], relation.kind)
            for relation in package.list_relations(main_part)
            if relation.kind in _OUTSIDE_PARTS
            if (text := all_text(package.parse_part(relation.part)))
        ]

    def read(self, document: Any) -> RawTable:
        """All rows of the document's body. Raises `TableTooLarge`."""
        body = document.find(_BODY)
        for element in iter_printed(body) if body is not None else ():
            if element.tag == PARAGRAPH:
                self._add_line(element)
            elif element.tag == TABLE:
                for row in iter_printed(element):
                    if row.tag == ROW:
                        self._add_row(row)
            elif element.tag == EMBEDDED_FILE:
                self._remarks.append(Remark("text.picture", "□", str(len(self._rows) + 1)))
        return RawTable(tuple(self._rows), remarks=tuple(self._remarks))

    def _add_line(self, paragraph: Any) -> None:
        """Adds a paragraph outside tables as a row of one cell; the number of a page is none."""
        passed_text, line = PassedText(), len(self._rows) + 1
        text = self._text.read_paragraph(paragraph, passed_text)
        self._remarks.extend(_list_remarks(passed_text, str(line)))
        if is_page_number(text):
            self._remarks.append(Remark("table.header", text.strip(), str(line)))
        elif text.strip():
            self._rows.append(RawRow(self._counter.count_row([text]), Origin(None, line)))

    def _add_row(self, row: Any) -> None:
        """Adds a row of a table, unless it is hidden or deleted. Raises `TableTooLarge`."""
        line = len(self._rows) + 1
        for rule, name in (("row.hidden", "hidden"), ("row.deleted", "del")):
            if has_property(row, "trPr", name):
                self._remarks.append(Remark(rule, all_text(row)[:_REMARK_CHARACTERS], str(line)))
                self._hidden_merges |= {
                    place.start for place in _place_cells(row) if _begins_merge(place.cell)
                }
                return
        raw_row = self._read_row(row, line)
        if any(cell.strip() for cell in raw_row.cells):
            self._rows.append(raw_row)
        else:
            self._remarks.extend(raw_row.remarks)

    def _read_row(self, row: Any, line: int) -> RawRow:
        """The row's cells as the grid has them, merged ones as blanks. `line` counts from 1.

        Raises `TableTooLarge`.
        """
        merged_above: set[int] = set()
        merged_left: set[int] = set()
        remarks: list[Remark] = []
        texts: list[str] = []
        for place in _place_cells(row):
            texts.extend([""] * (place.start - 1 - len(texts)))
            columns = range(place.start, place.start + place.span)
            merged_left.update(columns[1:])
            passed_text, text = PassedText(), ""
            if _is_merged_above(place.cell):
                if place.start in self._hidden_merges:
                    passed_text.add("cell.merged_hidden", "□")
                else:
                    merged_above.update(columns)
                passed_text.add("text.hidden", all_text(place.cell))
            else:
                self._hidden_merges.discard(place.start)
                if place.cell.find(f"{W}tcPr/{W}cellDel") is not None:
                    passed_text.add("text.deleted", all_text(place.cell))
                else:
                    text = self._text.read_block(place.cell, passed_text)
            remarks.extend(_list_remarks(passed_text, str(line), place.start))
            texts.extend([text, *[""] * (place.span - 1)])
        texts.extend([""] * _count_blanks_behind(row))
        return RawRow(
            self._counter.count_row(texts),
            Origin(None, line),
            frozenset(merged_above),
            frozenset(merged_left),
            remarks=tuple(remarks),
        )


@dataclass(frozen=True, slots=True)
class _PlacedCell:
    """A cell, the column of the grid in which it begins, from 1, and how many it spans."""

    cell: Any
    start: int
    span: int


def _place_cells(row: Any) -> list[_PlacedCell]:
    """The row's cells in the grid. One finer than the form is an editor's doing: eleven are its."""
    cells = [cell for cell in iter_printed(row) if cell.tag == CELL]
    if len(cells) == COLUMN_COUNT:
        return [_PlacedCell(cell, start, 1) for start, cell in enumerate(cells, start=1)]
    places: list[_PlacedCell] = []
    start = 1 + _read_count(row, "trPr", "gridBefore")
    for cell in cells:
        span = max(1, _read_count(cell, "tcPr", "gridSpan"))
        places.append(_PlacedCell(cell, start, span))
        start += span
    return places


def _count_blanks_behind(row: Any) -> int:
    """How many columns of the grid the row leaves free at its end."""
    cells = [cell for cell in iter_printed(row) if cell.tag == CELL]
    return 0 if len(cells) == COLUMN_COUNT else _read_count(row, "trPr", "gridAfter")


def _list_remarks(
    passed_text: PassedText, place: str, column: int | None = None
) -> Iterator[Remark]:
    """A remark for each piece that was passed over and is more than blanks."""
    for rule, text in passed_text.pieces:
        if text.strip():
            yield Remark(rule, text.strip()[:_REMARK_CHARACTERS], place, column)


def _read_count(element: Any, properties: str, name: str) -> int:
    """How many columns of the grid a property of a row or cell says; 0 without it."""
    value = read_value(element.find(f"{W}{properties}"), name)
    # What is wider than any form is counted as such, not laid out.
    return max(0, min(int(value or 0), 2 * COLUMN_COUNT))


def _is_merged_above(cell: Any) -> bool:
    """Whether the cell continues the merged cell above it."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return merge is not None and merge.get(VALUE, "continue") == "continue"


def _begins_merge(cell: Any) -> bool:
    """Whether the cells below may continue this one."""
    return cell.find(f"{W}tcPr/{W}vMerge") is not None
