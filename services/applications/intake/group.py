"""A group of applications in one file: each row is submitted on its own."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from shared.errors import RuleViolation

FLAG_VALUES = {"true": True, "false": False, "да": True, "нет": False}
FLAG_MEMBERS = {"rules_read", "draft", "given", "result_shared_with_employer"}


def parse_rows(content: bytes, max_rows: int) -> list[Any]:
    """The rows of an NDJSON or CSV file, each a JSON value; an unreadable row is a plain string.

    Raises `RuleViolation` when the file is not UTF-8 or has no row or more than `max_rows`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleViolation(
            "group.encoding", "The file is not UTF-8. Save it as UTF-8.", field="/file"
        ) from None
    parsed_rows = list(_parse_ndjson(text) if text.lstrip().startswith("{") else _parse_csv(text))
    if not 0 < len(parsed_rows) <= max_rows:
        raise RuleViolation(
            "group.size",
            f"A group has from 1 to {max_rows} rows; this file has {len(parsed_rows)}.",
            field="/file",
            values={"number": max_rows},
        )
    return parsed_rows


def _parse_ndjson(text: str) -> Iterator[Any]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            yield line


def _parse_csv(text: str) -> Iterator[Any]:
    """The rows of a CSV file with commas or semicolons; an empty cell is an absent member."""
    heading = text.partition("\n")[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    for cells in csv.DictReader(io.StringIO(text), delimiter=separator):
        try:
            yield _nest_columns(cells)
        except (AttributeError, TypeError):  # one column stands inside another
            yield "columns"


def _nest_columns(cells: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        if not isinstance(cell, str) or not cell.strip():
            continue  # empty, or more cells than the heading has
        *path, member = name.strip().split(".")
        parent = row
        for part in path:
            parent = parent.setdefault(part, {})
        text = cell.strip()
        parent[member] = FLAG_VALUES.get(text.lower(), text) if member in FLAG_MEMBERS else text
    return row
