"""Lists of certificates as portals and people send them, NDJSON or CSV, as lines of JSON."""

import csv
import io
from collections.abc import Iterator

from pydantic_core import to_json

from shared import ndjson
from shared.errors import RuleViolation
from shared.pages.forms import read_day
from shared.row_jobs import split_lines

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
    """Rows with commas, semicolons or tabs; as spreadsheets save them, in UTF-8 or Windows-1251."""
    text = _decode(body).replace("\x00", "�")
    heading = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=heading.count))
    names = [_COLUMNS.get(cell.strip().lower()) for cell in _next_row(reader)]
    if not {"number", "issued_on"} <= set(names):
        raise RuleViolation(
            "job.columns",
            "The table needs the columns `number` and `issued_on`.",
            field="/",
        )
    for place, cells in enumerate(filter(any, _iterate_rows(reader))):
        if place > row_limit:
            return
        fields = {
            name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell
        }
        for name in ("issued_on", "until"):
            if name in fields:
                fields[name] = read_day(fields, name) or ""
        yield to_json(fields).decode()


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1251", errors="replace")


def _next_row(reader: Iterator[list[str]]) -> list[str]:
    return next(_iterate_rows(reader), [])


def _iterate_rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows of the table. Raises `RuleViolation` for what is no table, such as a huge cell."""
    try:
        yield from reader
    except csv.Error:
        raise RuleViolation("job.table", "The table cannot be read.", field="/") from None
