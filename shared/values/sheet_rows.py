"""Rows of a table as spreadsheets save it: CSV with whatever delimiter and line ends."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from shared.errors import RuleViolation
from shared.values.pasted import strip_pasted

_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[;,\t|])"?[;,\t|]*(?:\r\n?|\n)', re.IGNORECASE)
"""Tells Excel the delimiter."""
_CHARSETS = {
    re.compile(rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff"): "utf-32",
    re.compile(rb"\xff\xfe|\xfe\xff"): "utf-16",
    re.compile(rb"[^\x00]\x00[^\x00]\x00"): "utf-16-le",
    re.compile(rb"\x00[^\x00]\x00[^\x00]"): "utf-16-be",
}
"""Charsets by the bytes with which a text in them begins."""
_MAX_SHOWN_CHARACTERS = 200
"""Of names that the client made up, in an answer."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_HEADING = re.compile(r"\w")
_LONE_RETURN = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row below the heading: its place, from 1, and its cells by the names of their columns.

    `is_overfull` says that something stands beyond the heading's columns: the delimiter stands in
    a cell without quotes, and what the columns hold is not what was meant.
    """

    place: int
    cells: dict[str, str]
    is_overfull: bool = False


def decode_sheet(content: bytes, pointer: str, other_charset: str | None = None) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32, or else in the other charset.

    Without a mark, UTF-16 is known by the first two characters, which a table or JSON has in ASCII.
    `pointer` says where in the request it stands. Raises `RuleViolation` (`sheet.encoding`).
    """
    beginnings = (charset for begin, charset in _CHARSETS.items() if begin.match(content))
    try:
        return content.decode(next(beginnings, "utf-8-sig"))
    except UnicodeDecodeError:
        if other_charset is not None:
            return content.decode(other_charset, errors="replace")
        raise RuleViolation(
            "sheet.encoding", "The file is not UTF-8. Save it as UTF-8.", field=pointer
        ) from None


def read_sheet(text: str, pointer: str) -> tuple[list[str], Iterator[SheetRow]]:
    """The names of the columns, and the rows that hold something; blank ones count in places.

    The heading is the first row that holds something.
    A column without a name must hold nothing. Raises `RuleViolation` for two columns of one name
    (`sheet.columns`), and here or between rows for what is no table (`sheet.table`).
    """
    rows = _parse_rows(text, pointer)
    names_by_row = ([strip_pasted(name) for name in row] for row in rows)
    heading = next(filter(any, names_by_row), [])
    repeated_names = [name for name, count in Counter(heading).items() if name and count > 1]
    if repeated_names:
        names = ", ".join(repeated_names)[:_MAX_SHOWN_CHARACTERS]
        raise RuleViolation(
            "sheet.columns",
            f"Two columns have one name: {names}. Leave one of them.",
            field=pointer,
            values={"columns": names},
        )
    return heading, _name_cells(heading, rows)


def _name_cells(heading: list[str], rows: Iterator[list[str]]) -> Iterator[SheetRow]:
    for place, row in enumerate(rows, 1):
        cells = [strip_pasted(cell) for cell in row]
        if any(cells):
            named_cells = {
                name: cell for name, cell in zip(heading, cells, strict=False) if name and cell
            }
            yield SheetRow(place, named_cells, sum(map(bool, cells)) > len(named_cells))


def _parse_rows(text: str, pointer: str) -> Iterator[list[str]]:
    """All rows, the heading first. Raises `RuleViolation` (`sheet.table`)."""
    separator_line = _SEPARATOR_LINE.match(text)
    if separator_line is not None:
        text = text[separator_line.end() :]
    line_end = _LINE_END.search(text)
    if line_end is not None and line_end[0] != "\r":  # then a lone carriage return ends no row
        text = _LONE_RETURN.sub(" ", text)
    heading = next(filter(_HEADING.search, re.split(r"[\r\n]", text)), "")
    delimiter = (
        separator_line["delimiter"] if separator_line else max(_DELIMITERS, key=heading.count)
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise RuleViolation(
            "sheet.table",
            f"The table cannot be read at its line {reader.line_num}: a quote is left open or "
            f"misplaced, or a cell has more than {csv.field_size_limit()} characters.",
            field=pointer,
            values={"line": reader.line_num, "limit": csv.field_size_limit()},
        ) from None
