"""Tables in CSV. The delimiter is the one that makes most rows of the form, or items of a card."""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice

from services.catalog.council_table.grammar.card_items import is_item_number, match_label
from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    TableSizeCounter,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable
from services.catalog.council_table.reading.charsets import decode_text
from services.catalog.council_table.reading.head_columns import find_number_places
from shared.values.sheet_cells import unguard_cell

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
    width = _find_head_width(text, delimiter)
    counter = TableSizeCounter(limits)
    first_line = 1 if separator_line is None else 2
    rows = tuple(
        RawRow(counter.count_row(map(unguard_cell, cells)), Origin(None, line))
        for line, all_cells in _parse_rows(text, delimiter, limits.cell_length, first_line)
        if any(map(str.strip, cells := _strip_blanks(all_cells, width)))
    )
    return RawTable(rows, charset)


def _find_delimiter(text: str, separator_line: re.Match[str] | None) -> str:
    """The delimiter that the file states, or the one that makes most rows of the form or card.

    Raises `UnreadableTable` where none makes such a row, or two make as many.
    """
    if separator_line is not None:
        return separator_line["delimiter"]
    for is_of_layout in (_is_form_row, _is_card_row):
        row_counts = {
            delimiter: _count_rows(text, delimiter, is_of_layout) for delimiter in _DELIMITERS
        }
        most_rows = max(row_counts.values())
        delimiters = [delimiter for delimiter, count in row_counts.items() if count == most_rows]
        if most_rows and len(delimiters) == 1:
            return delimiters[0]
    raise UnreadableTable(
        "table.delimiter",
        "No row has the form's eleven cells or is an item of a card, or more than one delimiter "
        "makes such rows. Put semicolons between cells.",
    )


def _is_form_row(cells: list[str]) -> bool:
    """Whether a row has as many cells as the form, or the numbers of its columns."""
    return len(cells) == COLUMN_COUNT or find_number_places(cells) is not None


def _is_card_row(cells: list[str]) -> bool:
    """Whether a row begins an item of a numbered card, its value in another cell."""
    filled_cells = [cell.strip() for cell in cells if cell.strip()]
    if filled_cells and is_item_number(filled_cells[0]):
        del filled_cells[0]
    return len(filled_cells) > 1 and match_label(filled_cells[0]) is not None


def _find_head_width(text: str, delimiter: str) -> int:
    """Up to which cell the row of the columns' numbers goes; the form's width without one."""
    head_places = map(find_number_places, _sample_rows(text, delimiter))
    return max((max(places) + 1 for places in head_places if places), default=COLUMN_COUNT)


def _strip_blanks(cells: list[str], width: int = COLUMN_COUNT) -> list[str]:
    """The cells without the blank ones that follow the form's, as office programs write."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells


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


def _count_rows(text: str, delimiter: str, is_of_layout: Callable[[list[str]], bool]) -> int:
    """How many of the first rows are of a layout when split by the delimiter."""
    return sum(is_of_layout(_strip_blanks(cells)) for cells in _sample_rows(text, delimiter))


def _sample_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The first rows when split by the delimiter, up to one that is no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    with contextlib.suppress(csv.Error):
        yield from islice(reader, _SAMPLE_ROWS)
