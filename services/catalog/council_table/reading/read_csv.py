"""Tables in CSV. The delimiter is the one by which most rows have the form's eleven cells."""

import csv
import io
import re
from collections.abc import Iterator

from services.catalog.council_table.grammar.cells import WIDTH, Counter, Origin, RawRow, RawTable
from services.catalog.council_table.grammar.limits import Limits, UnreadableTable
from services.catalog.council_table.reading.read_text import decoded

# What a spreadsheet would take for a formula; an export sets an apostrophe before it.
_FORMULA = re.compile(r"[=+@-].", re.DOTALL)
_GUARDED = re.compile(r"'+[=+@-].", re.DOTALL)

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_ROWS = 200


def read_csv(content: bytes, limits: Limits) -> RawTable:
    """The rows of a CSV file.

    Raises `UnreadableTable` where it is no text, has no delimiter that makes rows of eleven cells,
    or leaves a quote open; `TableTooLarge`.
    """
    text, charset = decoded(content)
    delimiter = max(_DELIMITERS, key=lambda candidate: _rows_of_the_form(text, candidate))
    if not _rows_of_the_form(text, delimiter):
        raise UnreadableTable(
            "table.delimiter", "No row has the form's eleven cells. Put semicolons between cells."
        )
    counter = Counter(limits)
    rows = tuple(
        RawRow(counter.checked(map(_unguarded, cells)), Origin(None, line))
        for line, cells in _parsed(text, delimiter, limits.cell_length)
        if any(cell.strip() for cell in cells)
    )
    return RawTable(rows, charset)


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet evaluates it; reading takes the guard away."""
    return f"'{cell}" if _FORMULA.match(cell) or _GUARDED.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _parsed(text: str, delimiter: str, cell_length: int) -> Iterator[tuple[int, list[str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        first = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableTable(
                "table.csv",
                f"The row at line {first} is no CSV (a quote is left open or misplaced), "
                f"or has a cell of more than {cell_length} characters.",
            ) from error
        yield first, cells


def _rows_of_the_form(text: str, delimiter: str) -> int:
    found = 0
    sample = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for _, cells in zip(range(_SAMPLE_ROWS), sample, strict=False):
            found += len(cells) == WIDTH
    except csv.Error:
        return found
    return found
