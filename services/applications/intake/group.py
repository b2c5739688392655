"""A group of applications in one file: each row on its own."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from shared.errors import RuleViolation

FLAGS = {"true": True, "false": False, "да": True, "нет": False}
FLAGGED = {"rules_read", "draft", "given", "told_by_contract"}


def rows(content: bytes, most: int) -> list[Any]:
    """The rows of an NDJSON or CSV file; an unreadable one is a string. Raises `RuleViolation`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleViolation(
            "group.encoding", "The file is not UTF-8. Save it as UTF-8.", field="/file"
        ) from None
    found = list(_lines(text) if text.lstrip().startswith("{") else _cells(text))
    if not 0 < len(found) <= most:
        raise RuleViolation(
            "group.size",
            f"A group has from 1 to {most} rows; this file has {len(found)}.",
            field="/file",
        )
    return found


def _lines(text: str) -> Iterator[Any]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            yield line


def _cells(text: str) -> Iterator[Any]:
    """CSV with commas or semicolons; an empty cell is an absent member."""
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    for cells in csv.DictReader(io.StringIO(text), delimiter=separator):
        try:
            yield _nested(cells)
        except (AttributeError, TypeError):  # one column stands inside another
            yield "columns"


def _nested(cells: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        if not isinstance(cell, str) or not cell.strip():
            continue  # empty, or more cells than the heading has
        *path, last = name.strip().split(".")
        place = row
        for part in path:
            place = place.setdefault(part, {})
        said = cell.strip()
        place[last] = FLAGS.get(said.lower(), said) if last in FLAGGED else said
    return row
