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

from services.catalog.council_table.grammar.cells import WIDTH, Counter, Origin, RawRow, RawTable
from services.catalog.council_table.grammar.limits import Limits, TableTooLarge, UnreadableTable

_FORMULA = "f"
_MERGE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}mergeCell"


def read_xlsx(content: bytes, limits: Limits) -> RawTable:
    """The rows of a workbook whose archive was checked.

    Raises `UnreadableTable` where it is no such workbook, `TableTooLarge`.
    """
    counter = Counter(limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        rows = [
            row
            for page, sheet in enumerate(book.worksheets, start=1)
            if sheet.sheet_state == "visible"
            for row in _sheet(sheet, page, counter, limits)
        ]
        book.close()
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


def _sheet(sheet: Any, page: int, counter: Counter, limits: Limits) -> Iterator[RawRow]:
    continued, covered = _merges(sheet, limits)
    sheet.reset_dimensions()  # the declared size is a claim; the cells tell
    for number, row in enumerate(sheet.iter_rows(), start=1):
        filled = [index for index, cell in enumerate(row, start=1) if cell.value is not None]
        if not filled:
            continue
        cells = row[: filled[-1]]
        formulas = frozenset(i for i, cell in enumerate(cells, 1) if cell.data_type == _FORMULA)
        texts = ["" if i in formulas else _text(cell.value) for i, cell in enumerate(cells, 1)]
        texts.extend([""] * (WIDTH - len(texts)))
        yield RawRow(
            counter.checked(texts),
            Origin(page, number),
            frozenset(continued.get(number, ())),
            frozenset(covered.get(number, ())),
            formulas,
        )


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


_Columns = dict[int, set[int]]


def _merges(sheet: Any, limits: Limits) -> tuple[_Columns, _Columns]:
    """By row, the form's columns merged with the cell above, and with the cell to the left."""
    continued: _Columns = {}
    covered: _Columns = {}
    budget = limits.cells
    # Sheets read in a stream do not tell their merges, so the part is read once more for them.
    with sheet._get_source() as source:  # noqa: SLF001
        for _, element in iterparse(source):
            if element.tag == _MERGE:
                bounds = range_boundaries(element.get("ref", ""))
                left, top, right, bottom = (bound or WIDTH for bound in bounds)
                columns = range(left, min(right, WIDTH) + 1)
                rows = range(top, min(bottom, top + limits.rows) + 1)
                budget -= len(rows) * len(columns)
                if budget < 0:
                    raise TableTooLarge("table.cells", "The sheet merges too many cells.")
                for row in rows:
                    if row > top:
                        continued.setdefault(row, set()).update(columns)
                    else:
                        covered.setdefault(row, set()).update(columns[1:])
            element.clear()
    return continued, covered
