"""Tables in plain text, as extracted from a PDF: one line a row, tabs between cells.

Pages are set apart by empty lines or form feeds. A line without a tab stands outside the table. The
number of a page, beside an empty line or a form feed, is passed over and told.
"""

import re
from collections.abc import Sequence

from services.catalog.council_table.grammar.cells import (
    Origin,
    RawRow,
    RawTable,
    Remark,
    TableSizeCounter,
    is_page_number,
)
from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.reading.charsets import decode_text


def read_text(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a text. Raises `UnreadableTable` where it is no text, `TableTooLarge`."""
    text, charset = decode_text(content)
    counter = TableSizeCounter(limits)
    rows: list[RawRow] = []
    remarks: list[Remark] = []
    lines = re.split(r"\r\n?|\n", text)
    page, gap = 1, False
    for number, line in enumerate(lines, start=1):
        gap = gap or "\f" in line
        if not line.strip(" \f\r"):
            gap = bool(rows)
            continue
        page += gap
        gap = False
        if is_page_number(line) and _is_at_edge(lines, number - 1):
            remarks.append(Remark("table.header", line.strip(), str(number)))
            continue
        cells = counter.count_row(line.strip("\f\r").split("\t"))
        rows.append(RawRow(cells, Origin(page, number), may_lack_blanks=True))
    return RawTable(tuple(rows), charset, tuple(remarks))


def _is_at_edge(lines: Sequence[str], place: int) -> bool:
    """Whether the line at this place, from 0, may be the first or the last of a page."""
    neighbours = ["", *lines, ""][place : place + 3 : 2]
    return "\f" in "".join(lines[place : place + 2]) or not all(map(str.strip, neighbours))
