"""A group of applications in one file: each row is submitted on its own."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from shared.errors import RuleViolation
from shared.values.days import find_day
from shared.values.json_members import collect_members
from shared.values.sheet_cells import is_error_value
from shared.values.sheet_rows import SheetRow, decode_sheet, read_sheet

FLAG_VALUES = {
    **dict.fromkeys(("true", "да", "истина"), True),
    **dict.fromkeys(("false", "нет", "ложь"), False),
}
FLAG_MEMBERS = {"rules_read", "draft", "given", "result_shared_with_employer"}
DAY_MEMBERS = {"birth_date", "issued_on", "valid_until", "received_on"}

FILE = "/file"

GroupRow = tuple[int, Any]
"""The place of a row, from 1, without the heading; its JSON value, or the rule that refuses it."""


def parse_rows(content: bytes, max_rows: int) -> list[GroupRow]:
    """The rows of an NDJSON or CSV file that hold something; an unreadable one is a refusal.

    Raises `RuleViolation` when the file is no text, no table, or has no row or more than
    `max_rows`.
    """
    text = decode_sheet(content, FILE)
    if text.lstrip().startswith("["):
        raise RuleViolation(
            "group.array",
            "The file is an array of JSON. Send a table, or each application as an object of JSON "
            "on a line of its own.",
            field=FILE,
        )
    rows = _parse_ndjson(text) if text.lstrip().startswith("{") else _parse_table(text)
    parsed_rows = list(islice(rows, max_rows + 1))
    if not 0 < len(parsed_rows) <= max_rows:
        raise RuleViolation(
            "group.size",
            f"A group has from 1 to {max_rows} rows.",
            field=FILE,
            values={"number": max_rows},
        )
    return parsed_rows


def _parse_ndjson(text: str) -> Iterator[GroupRow]:
    for place, line in enumerate(re.split(r"\r\n?|\n", text), 1):
        if line.strip():
            yield place, _parse_line(line)


def _parse_line(line: str) -> Any:
    with suppress(ValueError, RecursionError, RuleViolation):
        row = json.loads(line, object_pairs_hook=collect_members, parse_constant=_refuse_constant)
        if isinstance(row, dict):
            return row
    return RuleViolation(
        "group.line", "This line is no JSON object, or names a member twice. Correct it."
    )


def _refuse_constant(constant: str) -> Any:
    """Raises `ValueError`: `NaN` and `Infinity` are no JSON."""
    raise ValueError(constant)


def _parse_table(text: str) -> Iterator[GroupRow]:
    """The rows of a table; an empty cell is an absent member."""
    _, rows = read_sheet(text, FILE)
    for row in rows:
        yield row.place, _build_members(row)


def _build_members(row: SheetRow) -> Any:
    if row.is_overfull:
        return RuleViolation(
            "group.cells",
            "This row has cells beyond the heading. Put quotes around a cell with a comma in it.",
        )
    error_values = [cell for cell in row.cells.values() if is_error_value(cell)]
    if error_values:
        return RuleViolation(
            "group.error_value",
            "A cell shows an error of Excel and no value. Write the value.",
            values={"cell": error_values[0]},
        )
    try:
        return _nest_columns(row.cells)
    except (AttributeError, TypeError):
        return RuleViolation("group.columns", "One column of the table stands inside another.")


def _nest_columns(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, text in cells.items():
        *path, member = name.split(".")
        parent = row
        for part in path:
            parent = parent.setdefault(part, {})
        if member in parent:
            raise TypeError(f"{name} holds other columns")
        parent[member] = _read_cell(member, text)
    return row


def _read_cell(member: str, text: str) -> Any:
    """What a cell means: yes or no, a day as people write it, or its text."""
    if member in FLAG_MEMBERS:
        return FLAG_VALUES.get(text.lower(), text)
    day = find_day(text) if member in DAY_MEMBERS else None
    return text if day is None else day.isoformat()
