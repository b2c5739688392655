"""Tables in plain text, as extracted from a PDF: one line a row, tabs between cells.

Pages are set apart by empty lines or form feeds. A line without a tab stands outside the table.
"""

import re

from services.catalog.council_table.grammar.cells import Origin, RawRow, RawTable, TableSizeCounter
from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.reading.charsets import decode_text


def read_text(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a text. Raises `UnreadableTable` where it is no text, `TableTooLarge`."""
    text, charset = decode_text(content)
    counter = TableSizeCounter(limits)
    rows: list[RawRow] = []
    page, gap = 1, False
    for number, line in enumerate(re.split(r"\r\n?|\n", text), start=1):
        gap = gap or "\f" in line
        if not line.strip(" \f\r"):
            gap = bool(rows)
            continue
        page += gap
        gap = False
        cells = counter.count_row(line.strip("\f\r").split("\t"))
        rows.append(RawRow(cells, Origin(page, number), may_lack_blanks=True))
    return RawTable(tuple(rows), charset)
