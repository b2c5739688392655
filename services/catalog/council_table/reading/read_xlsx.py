"""Tables in XLSX: what the visible cells of the sheets with a form show; nothing is evaluated.

Of several visible sheets those are read that have the form's head, or, where none has, those with a
card, or a row of the form, or the first. Hidden sheets, rows and columns, comments, drawings and
the texts of every page are passed over, and told.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    Remark,
    TableSizeCounter,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    UnreadableTable,
)
from services.catalog.council_table.reading.cell_styles import S
from services.catalog.council_table.reading.docx_formats import is_set
from services.catalog.council_table.reading.head_columns import find_number_places
from services.catalog.council_table.reading.office_package import (
    RELATION_ID,
    DamagedPackage,
    DeclaredEntities,
    OfficePackage,
)
from services.catalog.council_table.reading.read_card import holds_cards
from services.catalog.council_table.reading.sheet_merges import (
    MergedCell,
    Place,
    read_merges,
    read_reference,
)
from services.catalog.council_table.reading.workbook_cells import (
    ShownCell,
    WorkbookCells,
    decode_escapes,
)

_MAX_COLUMN = 16_384
_DRAWN_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_PAGE_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|.)')
"""Of a text of every page: its place, font, or a number that is counted."""
_FORM_ROW_CELLS = 8
"""Filled cells of a row that is taken for one of a form without a head."""
_LEAST_HEIGHT, _LEAST_WIDTH = 3.0, 0.3
"""Of a row in points and a column in characters: less shows no letter."""
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
        return any(find_number_places(row.cells) is not None for row in self.rows)

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
    except (UnreadableTable, DeclaredEntities):
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
        sheet.remarks.extend(_list_beside(package, part, number))
        sheets.append(sheet)
    forms = _choose_forms(sheets)
    for sheet in sheets:
        if sheet in forms:
            remarks.extend(sheet.remarks)
        elif sheet.rows:
            all_texts = " | ".join(cell for row in sheet.rows for cell in row.cells if cell.strip())
            text = f"{sheet.name}: {all_texts}"[:_REMARK_CHARACTERS]
            remarks.append(Remark("sheet.passed_over", text, str(sheet.number)))
    rows = tuple(row for sheet in forms for row in sheet.rows)
    return RawTable(rows, remarks=tuple(remarks), has_sheets=True)


def _choose_forms(sheets: list[_Sheet]) -> list[_Sheet]:
    """The sheets that hold a form, by the module's rule; the only sheet is one."""
    filled_sheets = [sheet for sheet in sheets if sheet.rows]
    forms = [sheet for sheet in filled_sheets if sheet.has_head]
    forms = forms or [sheet for sheet in filled_sheets if holds_cards(RawTable(tuple(sheet.rows)))]
    return forms or [sheet for sheet in filled_sheets if sheet.has_form_row] or filled_sheets[:1]


def _list_beside(package: OfficePackage, part: str, number: int) -> Iterator[Remark]:
    """Remarks about comments on a sheet's cells, drawings over them, and texts of every page."""
    for comments in package.find_related(part, "comments"):
        for comment in comments.iter(f"{S}comment"):
            text = decode_escapes("".join(comment.itertext(f"{S}t"))).strip()
            place = f"{number}:{comment.get('ref', '')}"
            yield Remark("text.comment", text[:_REMARK_CHARACTERS], place)
    for drawing in package.find_related(part, "drawing"):
        text = " ".join(drawing.itertext(_DRAWN_TEXT)).strip()
        yield Remark("text.picture", text[:_REMARK_CHARACTERS] or "□", str(number))
    for element in package.parse_part(part).iterfind(f"{S}headerFooter/*"):
        if text := _PAGE_CODE.sub("", element.text or "").strip():
            yield Remark("table.header", text[:_REMARK_CHARACTERS], str(number))


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
        shown_rows, hidden_rows = self._show_rows(tree)
        width = max((max(cells, default=0) for cells in shown_rows.values()), default=0)
        last_place = (max(shown_rows, default=0), max(width, COLUMN_COUNT))
        merged_cells = read_merges(tree, last_place, hidden_rows, hidden_columns, self._limits)
        for merged_cell in merged_cells:
            self._show_merged(merged_cell, shown_rows)
        # A form's column that is hidden is missing, not blank.
        visible_count = sum(column not in hidden_columns for column in range(1, last_place[1] + 1))
        head_widths = map(self._find_head_width, shown_rows.values())
        self._form_width = max([min(visible_count, COLUMN_COUNT), *head_widths])
        merged_above = _group_by_row(place for cell in merged_cells for place in cell.list_above())
        merged_left = _group_by_row(place for cell in merged_cells for place in cell.list_left())
        for row_number, shown_cells in sorted(shown_rows.items()):
            if row_number in hidden_rows:
                self._tell_hidden("row.hidden", shown_cells, f"{self._sheet.number}:{row_number}")
                continue
            row = self._place_cells(row_number, shown_cells)
            if row is not None:
                columns_above, columns_left = (
                    self._find_form_columns(columns.get(row_number, ()))
                    for columns in (merged_above, merged_left)
                )
                self._sheet.rows.append(
                    replace(row, merged_above=columns_above, merged_left=columns_left)
                )

    def _show_rows(self, tree: Any) -> tuple[dict[int, dict[int, ShownCell]], set[int]]:
        """The rows by number, with their filled cells by column; and those that are hidden."""
        shown_rows: dict[int, dict[int, ShownCell]] = {}
        hidden_rows: set[int] = set()
        row_number = 0
        for row in tree.iterfind(f"{S}sheetData/{S}row"):
            row_number = int(row.get("r", row_number + 1))
            column = 0
            cells = shown_rows.setdefault(row_number, {})
            for cell in row.iterchildren(f"{S}c"):
                column = read_reference(cell.get("r", ""))[0] or column + 1
                shown_cell = self._cells.show(cell)
                if shown_cell != _BLANK:
                    cells[column] = shown_cell
            if is_set(row.get("hidden", "0")) or float(row.get("ht", "15")) < _LEAST_HEIGHT:
                hidden_rows.add(row_number)
        return shown_rows, hidden_rows

    def _show_merged(self, merged_cell: MergedCell, rows: dict[int, dict[int, ShownCell]]) -> None:
        """Moves a merged cell's text to where it is shown, and tells what it covers."""
        shown_cell = rows.get(merged_cell.anchor[0], {}).pop(merged_cell.anchor[1], None)
        for row, column in sorted(merged_cell.places):
            covered_cell = rows.get(row, {}).pop(column, None)
            if covered_cell is not None:
                place = f"{self._sheet.number}:{row}"
                self._tell_hidden("text.hidden", {column: covered_cell}, place)
        shown_row, shown_column = merged_cell.shown_place or merged_cell.anchor
        if shown_cell is not None:
            rows.setdefault(shown_row, {})[shown_column] = shown_cell

    def _find_head_width(self, cells: dict[int, ShownCell]) -> int:
        """Up to which visible column a row of the columns' numbers goes; 0 for other rows."""
        columns = sorted(column for column in cells if column in self._columns)
        texts = [cells[column].text for column in columns]
        return self._columns[columns[-1]] if find_number_places(texts) is not None else 0

    def _find_form_columns(self, columns: Iterable[int]) -> frozenset[int]:
        """The visible places of a sheet's columns."""
        return frozenset(self._columns[column] for column in columns if column in self._columns)

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
        width = max(last_column, self._form_width)
        texts = [cells[column].text if column in cells else "" for column in range(1, width + 1)]
        return RawRow(
            self._counter.count_row(texts),
            Origin(self._sheet.number, row_number),
            formula_columns=frozenset(key for key, cell in cells.items() if cell.is_formula),
            remarks=tuple(_list_cell_remarks(cells, place)),
        )


def _group_by_row(places: Iterable[Place]) -> dict[int, set[int]]:
    """The columns of the places by their rows."""
    columns_by_row: dict[int, set[int]] = {}
    for row, column in places:
        columns_by_row.setdefault(row, set()).add(column)
    return columns_by_row


_BLANK = ShownCell("")


def _list_cell_remarks(cells: dict[int, ShownCell], place: str) -> Iterator[Remark]:
    """The remarks about a row's cells; a number where text belongs may have lost its zeros."""
    for column, cell in sorted(cells.items()):
        for rule, text in cell.remarks:
            if text.strip():
                yield Remark(rule, text.strip()[:_REMARK_CHARACTERS], place, column)
        if cell.is_number:
            yield Remark("cell.number", cell.text, place, column)


def _list_hidden_columns(tree: Any) -> Iterator[int]:
    """The numbers of the columns that are hidden or have no width."""
    for element in tree.iterfind(f"{S}cols/{S}col"):
        is_narrow = float(element.get("width", "9")) < _LEAST_WIDTH
        if is_set(element.get("hidden", "0")) or is_narrow:
            last_column = min(int(element.get("max", "0")), _MAX_COLUMN)
            yield from range(int(element.get("min", "1")), last_column + 1)
