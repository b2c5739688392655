"""Tables in XLSX: all visible sheets one after another, read in a stream, nothing evaluated."""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    TableSizeCounter,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)

_FORMULA_TYPE = "f"
_MERGE_TAG = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}mergeCell"


def read_xlsx(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a workbook whose archive was checked.

    Raises `UnreadableTable` where it is no such workbook, `TableTooLarge`.
    """
    counter = TableSizeCounter(limits)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        rows = [
            row
            for sheet_number, sheet in enumerate(workbook.worksheets, start=1)
            if sheet.sheet_state == "visible"
            for row in _read_sheet(sheet, sheet_number, counter, limits)
        ]
        workbook.close()
    except TableTooLarge:
        raise
    except (
        *(InvalidFileException, BadZipFile, DefusedXmlException, ParseError),
        *(KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError),
    ) as error:
        # The library has no error of its own for a workbook whose parts contradict one another.
        raise UnreadableTable(
            "table.damaged", "The workbook is damaged. Save and upload it again."
        ) from error
    return RawTable(tuple(rows))


def _read_sheet(
    sheet: Any, sheet_number: int, counter: TableSizeCounter, limits: TableLimits
) -> Iterator[RawRow]:
    """The rows of one sheet that have a filled cell. Raises `TableTooLarge`."""
    merged_above, merged_left = _read_merges(sheet, limits)
    sheet.reset_dimensions()  # the declared size is a claim; the cells tell
    for row_number, row in enumerate(sheet.iter_rows(), start=1):
        filled_columns = [
            column for column, cell in enumerate(row, start=1) if cell.value is not None
        ]
        if not filled_columns:
            continue
        cells = row[: filled_columns[-1]]
        formula_columns = frozenset(
            position for position, cell in enumerate(cells, 1) if cell.data_type == _FORMULA_TYPE
        )
        texts = [
            "" if position in formula_columns else _cell_text(cell.value)
            for position, cell in enumerate(cells, 1)
        ]
        texts.extend([""] * (COLUMN_COUNT - len(texts)))
        yield RawRow(
            counter.count_row(texts),
            Origin(sheet_number, row_number),
            frozenset(merged_above.get(row_number, ())),
            frozenset(merged_left.get(row_number, ())),
            formula_columns,
        )


def _cell_text(value: object) -> str:
    """The value as text: an integral float without its fraction, nothing as an empty text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


_ColumnsByRow = dict[int, set[int]]


def _read_merges(sheet: Any, limits: TableLimits) -> tuple[_ColumnsByRow, _ColumnsByRow]:
    """By row, the form's columns merged with the cell above, and with the cell to the left.

    Raises `TableTooLarge` where the merges cover more cells than a table may have.
    """
    merged_above: _ColumnsByRow = {}
    merged_left: _ColumnsByRow = {}
    remaining_cells = limits.cells
    # Sheets read in a stream do not tell their merges, so the part is read once more for them.
    with sheet._get_source() as source:  # noqa: SLF001
        for _, element in iterparse(source):
            if element.tag == _MERGE_TAG:
                boundaries = range_boundaries(element.get("ref", ""))
                first_column, first_row, last_column, last_row = (
                    boundary or COLUMN_COUNT for boundary in boundaries
                )
                columns = range(first_column, min(last_column, COLUMN_COUNT) + 1)
                rows = range(first_row, min(last_row, first_row + limits.rows) + 1)
                remaining_cells -= len(rows) * len(columns)
                if remaining_cells < 0:
                    raise TableTooLarge("table.cells", "The sheet merges too many cells.")
                for row in rows:
                    if row > first_row:
                        merged_above.setdefault(row, set()).update(columns)
                    else:
                        merged_left.setdefault(row, set()).update(columns[1:])
            element.clear()
    return merged_above, merged_left
