"""Lists of certificates as portals and people send them, NDJSON or CSV, as lines of JSON."""

from collections.abc import Iterator
from itertools import islice

from pydantic_core import to_json

from shared import ndjson
from shared.errors import RuleViolation
from shared.pages.forms import read_day
from shared.row_jobs import split_lines
from shared.values.sheet_rows import decode_sheet, read_sheet

CSV_TYPE = "text/csv"
ROW_BYTES = 400
"""More than a row of a list needs, on the average."""
_COLUMNS = {
    "number": "number",
    "номер": "number",
    "issued_on": "issued_on",
    "date of issue": "issued_on",
    "дата выдачи": "issued_on",
    "until": "until",
    "наблюдать по": "until",
}
"""The columns of a spreadsheet, by their headings in small letters; others are passed over."""


def read_rows(body: bytes, media_type: str, row_limit: int) -> list[str]:
    """A line of JSON for each row of the list.

    Raises `RuleViolation` for a list that is far too long, a line that is too long, or a table
    without the columns `number` and `issued_on`.
    """
    if len(body) > row_limit * ROW_BYTES:
        raise RuleViolation(
            "job.rows",
            f"A job has 1 to {row_limit} lines.",
            field="/",
            values={"number": row_limit},
        )
    is_table = media_type == CSV_TYPE
    return list(_read_table(body, row_limit)) if is_table else split_lines(body)


def find_media_type(content: bytes) -> str:
    """What a file is: NDJSON if it begins as JSON does, CSV otherwise."""
    begins_as_json = content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
    return ndjson.MEDIA_TYPE if begins_as_json else CSV_TYPE


def _read_table(body: bytes, row_limit: int) -> Iterator[str]:
    """Rows as spreadsheets save them, in Unicode or Windows-1251."""
    heading, rows = read_sheet(decode_sheet(body, "/", "cp1251").replace("\x00", "�"), "/")
    columns = {name: _COLUMNS[name.lower()] for name in heading if name.lower() in _COLUMNS}
    names = sorted(columns.values())
    if not {"number", "issued_on"} <= {*names} or len({*names}) < len(names):
        raise RuleViolation(
            "job.columns",
            "The table needs the columns `number` and `issued_on`, each once.",
            field="/",
        )
    for row in islice(rows, row_limit + 1):
        if row.is_overfull:
            raise RuleViolation(
                "job.cells",
                f"Row {row.place} has cells beyond the heading. Put quotes around a cell with a "
                "comma in it.",
                field="/",
                values={"row": row.place},
            )
        fields = {columns[name]: cell for name, cell in row.cells.items() if name in columns}
        for name in ("issued_on", "until"):
            if name in fields:
                fields[name] = read_day(fields, name) or ""
        yield to_json(fields).decode()
