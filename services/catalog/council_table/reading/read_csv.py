"""Tables in CSV. The delimiter is the one by which most rows have the form's eleven cells."""

import csv
import io
import re
from collections.abc import Iterator

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    TableSizeCounter,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable
from services.catalog.council_table.reading.charsets import decode_text

# What a spreadsheet would take for a formula; an export sets an apostrophe before it.
_FORMULA = re.compile(r"[=+@-].", re.DOTALL)
_GUARDED_CELL = re.compile(r"'+[=+@-].", re.DOTALL)

_DELIMITERS = (";", ",", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[;,\t|])"?[;,\t|]*(?:\r\n?|\n)', re.IGNORECASE)
"""Tells Excel the delimiter."""
_SAMPLE_ROWS = 200


def read_csv(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a CSV file.

    Raises `UnreadableTable` where it is no text, has no delimiter that makes rows of eleven cells,
    or leaves a quote open; `TableTooLarge`.
    """
    text, charset = decode_text(content)
    separator_line = _SEPARATOR_LINE.match(text)
    if separator_line is not None:
        text = text[separator_line.end() :]
    delimiter = _find_delimiter(text, separator_line)
    counter = TableSizeCounter(limits)
    first_line = 1 if separator_line is None else 2
    rows = tuple(
        RawRow(counter.count_row(map(_unguard_cell, _strip_blanks(cells))), Origin(None, line))
        for line, cells in _parse_rows(text, delimiter, limits.cell_length, first_line)
        if any(cell.strip() for cell in cells)
    )
    return RawTable(rows, charset)


def _find_delimiter(text: str, separator_line: re.Match[str] | None) -> str:
    """The delimiter that the file states, or the one that makes most rows of eleven cells.

    Raises `UnreadableTable` where none makes such a row, or two make as many.
    """
    row_counts = {delimiter: _count_form_rows(text, delimiter) for delimiter in _DELIMITERS}
    if separator_line is not None:
        return separator_line["delimiter"]
    most_rows = max(row_counts.values())
    delimiters = [delimiter for delimiter, count in row_counts.items() if count == most_rows]
    if not most_rows or len(delimiters) > 1:
        raise UnreadableTable(
            "table.delimiter",
            "No row has the form's eleven cells, or more than one delimiter makes them. "
            "Put semicolons between cells.",
        )
    return delimiters[0]


def _strip_blanks(cells: list[str]) -> list[str]:
    """The cells without the blank ones that follow the form's eleven, as office programs write."""
    while len(cells) > COLUMN_COUNT and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def guard_cell(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would evaluate it.

    Reading takes the apostrophe away.
    """
    return f"'{cell}" if _FORMULA.match(cell) or _GUARDED_CELL.match(cell) else cell


def _unguard_cell(cell: str) -> str:
    """The cell without the apostrophe that an export has put in front."""
    return cell[1:] if _GUARDED_CELL.match(cell) else cell


def _parse_rows(
    text: str, delimiter: str, cell_length: int, line_number: int
) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line on which each begins, the first on `line_number`.

    Raises `UnreadableTable`.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        first_line = reader.line_num + line_number
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableTable(
                "table.csv",
                f"The row at line {first_line} is no CSV (a quote is left open or misplaced), "
                f"or has a cell of more than {cell_length} characters.",
            ) from error
        yield first_line, cells


def _count_form_rows(text: str, delimiter: str) -> int:
    """How many of the first rows have eleven cells when split by the delimiter."""
    row_count = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for _, cells in zip(range(_SAMPLE_ROWS), reader, strict=False):
            row_count += len(_strip_blanks(cells)) == COLUMN_COUNT
    except csv.Error:
        return row_count
    return row_count
