"""Tables in XLSX: what the visible cells of the sheets with a form show; nothing is evaluated.

Of several visible sheets those are read that have the form's head, or, where none has, those with
a row of the form, or the first. Hidden sheets, rows and columns and comments are passed over, and
told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    Remark,
    TableSizeCounter,
    is_column_number_row,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT, Column
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.reading.docx_formats import is_set
from services.catalog.council_table.reading.office_package import (
    RELATION_ID,
    DamagedPackage,
    OfficePackage,
)
from services.catalog.council_table.reading.workbook_cells import (
    S,
    ShownCell,
    WorkbookCells,
    decode_escapes,
)

_REFERENCE = re.compile(r"\$?([A-Z]{0,3})\$?(\d{0,7})", re.IGNORECASE)
_MAX_COLUMN = 16_384
_FORM_ROW_CELLS = 8
"""Filled cells of a row that is taken for one of a form without a head."""
_NUMBER_COLUMNS = frozenset({Column.REGISTRY_NUMBER, Column.LEVEL, Column.VALIDITY_TERM})
_REMARK_CHARACTERS = 500


@dataclass
class _Sheet:
    """A visible sheet's rows, each with the cells of its visible columns, and its remarks."""

    number: int
    name: str
    rows: list[RawRow] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def has_head(self) -> bool:
        """Whether it has the form's row of column numbers."""
        return any(is_column_number_row([cell.strip() for cell in row.cells]) for row in self.rows)

    @property
    def has_form_row(self) -> bool:
        """Whether a row fills as many cells as a form's."""
        return any(
            sum(bool(cell.strip()) for cell in row.cells) >= _FORM_ROW_CELLS for row in self.rows
        )


def read_xlsx(package: OfficePackage, main_part: str, limits: TableLimits) -> RawTable:
    """The rows of a workbook whose archive was checked.

    Raises `UnreadableTable` where it is no such workbook, `TableTooLarge`.
    """
    try:
        return _read_workbook(package, main_part, limits)
    except UnreadableTable:
        raise
    except (DamagedPackage, KeyError, ValueError, IndexError, OverflowError) as error:
        raise UnreadableTable(
            "table.damaged", "The workbook is damaged. Save and upload it again."
        ) from error


def _read_workbook(package: OfficePackage, main_part: str, limits: TableLimits) -> RawTable:
    """The rows of the sheets with a form. Raises `TableTooLarge`."""
    workbook = package.parse_part(main_part)
    cells = WorkbookCells(package, main_part, workbook)
    parts = {
        relation.id: relation.part
        for relation in package.list_relations(main_part)
        if relation.kind == "worksheet"
    }
    counter = TableSizeCounter(limits)
    sheets: list[_Sheet] = []
    remarks: list[Remark] = []
    for number, element in enumerate(workbook.iterfind(f"{S}sheets/{S}sheet"), start=1):
        name, part = decode_escapes(element.get("name", "")), parts.get(element.get(RELATION_ID))
        if part is None:
            continue
        if element.get("state", "visible") != "visible":
            remarks.append(Remark("sheet.hidden", name, str(number)))
            continue
        sheet = _Sheet(number, name)
        _SheetReader(sheet, cells, counter, limits).read(package.parse_part(part))
        sheet.remarks.extend(_list_comments(package, part, number))
        sheets.append(sheet)
    forms = _choose_forms(sheets)
    for sheet in sheets:
        if sheet in forms:
            remarks.extend(sheet.remarks)
        elif sheet.rows:
            first_texts = " | ".join(cell for cell in sheet.rows[0].cells if cell.strip())
            text = f"{sheet.name}: {first_texts}"[:_REMARK_CHARACTERS]
            remarks.append(Remark("sheet.passed_over", text, str(sheet.number)))
    rows = tuple(row for sheet in forms for row in sheet.rows)
    return RawTable(rows, remarks=tuple(remarks), has_sheets=True)


def _choose_forms(sheets: list[_Sheet]) -> list[_Sheet]:
    """The sheets that hold a form, by the module's rule; the only sheet is one."""
    filled_sheets = [sheet for sheet in sheets if sheet.rows]
    forms = [sheet for sheet in filled_sheets if sheet.has_head]
    return forms or [sheet for sheet in filled_sheets if sheet.has_form_row] or filled_sheets[:1]


def _list_comments(package: OfficePackage, part: str, number: int) -> Iterator[Remark]:
    """A remark for each comment on a sheet's cells."""
    for comments in package.find_related(part, "comments"):
        for comment in comments.iter(f"{S}comment"):
            text = decode_escapes("".join(comment.itertext(f"{S}t"))).strip()
            place = f"{number}:{comment.get('ref', '')}"
            yield Remark("text.comment", text[:_REMARK_CHARACTERS], place)


class _SheetReader:
    """Reads the tree of a visible sheet."""

    def __init__(
        self, sheet: _Sheet, cells: WorkbookCells, counter: TableSizeCounter, limits: TableLimits
    ) -> None:
        self._sheet = sheet
        self._cells = cells
        self._counter = counter
        self._limits = limits
        self._columns: dict[int, int] = {}
        self._form_width = COLUMN_COUNT

    def read(self, tree: Any) -> None:
        """Reads all rows of the sheet that show something. Raises `TableTooLarge`."""
        hidden_columns = set(_list_hidden_columns(tree))
        visible_columns = [
            column for column in range(1, _MAX_COLUMN + 1) if column not in hidden_columns
        ]
        self._columns = {column: place for place, column in enumerate(visible_columns, start=1)}
        shown_rows = list(self._show_rows(tree))
        width = max((max(cells, default=0) for _, cells in shown_rows), default=0)
        # A form's column that is hidden is missing, not blank.
        self._form_width = sum(
            column not in hidden_columns for column in range(1, max(width, COLUMN_COUNT) + 1)
        )
        merged_above, merged_left = self._read_merges(tree)
        for row_number, shown_cells in shown_rows:
            row = self._place_cells(row_number, shown_cells)
            if row is not None:
                self._sheet.rows.append(
                    RawRow(
                        row.cells,
                        row.origin,
                        frozenset(merged_above.get(row_number, ())),
                        frozenset(merged_left.get(row_number, ())),
                        row.formula_columns,
                        row.remarks,
                    )
                )

    def _show_rows(self, tree: Any) -> Iterator[tuple[int, dict[int, ShownCell]]]:
        """The rows that are not hidden, by number, with their filled cells by column."""
        row_number = 0
        for row in tree.iterfind(f"{S}sheetData/{S}row"):
            row_number = int(row.get("r", row_number + 1))
            column = 0
            cells: dict[int, ShownCell] = {}
            for cell in row.iterchildren(f"{S}c"):
                column = _read_reference(cell.get("r", ""))[0] or column + 1
                shown_cell = self._cells.show(cell)
                if shown_cell != _BLANK:
                    cells[column] = shown_cell
            if is_set(row.get("hidden", "0")) or float(row.get("ht", "1")) == 0:
                self._tell_hidden("row.hidden", cells, f"{self._sheet.number}:{row_number}")
            elif cells:
                yield row_number, cells

    def _tell_hidden(self, rule: str, cells: dict[int, ShownCell], place: str) -> None:
        """Adds a remark about hidden cells, if they hold text."""
        text = " | ".join(cell.text for cell in cells.values() if cell.text.strip())
        if text:
            self._sheet.remarks.append(Remark(rule, text[:_REMARK_CHARACTERS], place))

    def _place_cells(self, row_number: int, shown_cells: dict[int, ShownCell]) -> RawRow | None:
        """The row of the visible cells; None where they show nothing. Raises `TableTooLarge`."""
        place = f"{self._sheet.number}:{row_number}"
        hidden_cells = {key: cell for key, cell in shown_cells.items() if key not in self._columns}
        self._tell_hidden("column.hidden", hidden_cells, place)
        cells = {
            self._columns[column]: cell
            for column, cell in shown_cells.items()
            if column in self._columns
        }
        if not any(cell.text.strip() or cell.is_formula for cell in cells.values()):
            self._sheet.remarks.extend(_list_cell_remarks(cells, place))
            return None
        last_column = max(column for column, cell in cells.items() if cell.text or cell.is_formula)
        width = max(last_column, min(self._form_width, COLUMN_COUNT))
        texts = [cells[column].text if column in cells else "" for column in range(1, width + 1)]
        return RawRow(
            self._counter.count_row(texts),
            Origin(self._sheet.number, row_number),
            formula_columns=frozenset(key for key, cell in cells.items() if cell.is_formula),
            remarks=tuple(_list_cell_remarks(cells, place)),
        )

    def _read_merges(self, tree: Any) -> "tuple[_ColumnsByRow, _ColumnsByRow]":
        """By row, the form's columns merged with the cell above, and with the cell to the left.

        Raises `TableTooLarge` where the merges cover more cells than a table may have.
        """
        merged_above: _ColumnsByRow = {}
        merged_left: _ColumnsByRow = {}
        remaining_cells = self._limits.cells
        for element in tree.iterfind(f"{S}mergeCells/{S}mergeCell"):
            first, _, last = element.get("ref", "").partition(":")
            first_column, first_row = _read_reference(first)
            last_column, last_row = _read_reference(last or first)
            columns = [
                self._columns[column]
                for column in range(first_column or 1, min(last_column, _MAX_COLUMN) + 1)
                if self._columns.get(column, COLUMN_COUNT + 1) <= COLUMN_COUNT
            ]
            rows = range(first_row, min(last_row, first_row + self._limits.rows) + 1)
            remaining_cells -= len(rows) * len(columns)
            if remaining_cells < 0:
                raise TableTooLarge("table.cells", "The sheet merges too many cells.")
            for row in rows:
                if row > first_row:
                    merged_above.setdefault(row, set()).update(columns)
                else:
                    merged_left.setdefault(row, set()).update(columns[1:])
        return merged_above, merged_left


_ColumnsByRow = dict[int, set[int]]
_BLANK = ShownCell("")


def _list_cell_remarks(cells: dict[int, ShownCell], place: str) -> Iterator[Remark]:
    """The remarks about a row's cells; a number where text belongs may have lost its zeros."""
    for column, cell in sorted(cells.items()):
        for rule, text in cell.remarks:
            if text.strip():
                yield Remark(rule, text.strip()[:_REMARK_CHARACTERS], place, column)
        if cell.is_number and column not in _NUMBER_COLUMNS and column <= COLUMN_COUNT:
            yield Remark("cell.number", cell.text, place, column)


def _list_hidden_columns(tree: Any) -> Iterator[int]:
    """The numbers of the columns that are hidden or have no width."""
    for element in tree.iterfind(f"{S}cols/{S}col"):
        if is_set(element.get("hidden", "0")) or float(element.get("width", "1")) == 0:
            last_column = min(int(element.get("max", "0")), _MAX_COLUMN)
            yield from range(int(element.get("min", "1")), last_column + 1)


def _read_reference(reference: str) -> tuple[int, int]:
    """The column and row of a reference such as `C12`, each 0 where it has none.

    Raises `ValueError` for what is no reference.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(match[2] or 0)
