"""Merged cells of a sheet: the first cell's text is shown where the merged cell is visible.

Hidden rows and columns take nothing of it away unless all of it is hidden. What the other cells
hold is never shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.catalog.council_table.grammar.limits import TableLimits, TableTooLarge
from services.catalog.council_table.reading.cell_styles import S

Place = tuple[int, int]
"""A row and a column of a sheet, both from 1."""

_REFERENCE = re.compile(r"\$?([A-Z]{0,3})\$?(\d{0,7})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MergedCell:
    """The visible rows and columns of a merged cell, all its places, and the one with its text."""

    anchor: Place
    places: frozenset[Place]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def shown_place(self) -> Place | None:
        """Where its text is shown; None where all of it is hidden."""
        return (self.rows[0], self.columns[0]) if self.rows and self.columns else None

    def list_above(self) -> Iterator[Place]:
        """The places that show a part of it and stand below another."""
        return ((row, column) for row in self.rows[1:] for column in self.columns)

    def list_left(self) -> Iterator[Place]:
        """The places of its first row that stand to the right of another."""
        return ((row, column) for row in self.rows[:1] for column in self.columns[1:])


def read_merges(
    tree: Any,
    last_place: Place,
    hidden_rows: set[int],
    hidden_columns: set[int],
    limits: TableLimits,
) -> list[MergedCell]:
    """The merged cells of a sheet whose texts end at `last_place`.

    Raises `TableTooLarge` where they cover more cells than a table may have, `ValueError` for what
    is no reference.
    """
    merged_cells: list[MergedCell] = []
    remaining_cells = limits.cells
    for element in tree.iterfind(f"{S}mergeCells/{S}mergeCell"):
        first, _, last = element.get("ref", "").partition(":")
        first_column, first_row = read_reference(first)
        last_column, last_row = read_reference(last or first)
        rows = range(first_row, min(last_row, last_place[0]) + 1)
        columns = range(first_column or 1, min(last_column, last_place[1]) + 1)
        remaining_cells -= len(rows) * len(columns)
        if remaining_cells < 0:
            raise TableTooLarge("table.cells", "The sheet merges too many cells.")
        merged_cells.append(
            MergedCell(
                (first_row, first_column or 1),
                frozenset((row, column) for row in rows for column in columns),
                tuple(row for row in rows if row not in hidden_rows),
                tuple(column for column in columns if column not in hidden_columns),
            )
        )
    return merged_cells


def read_reference(reference: str) -> tuple[int, int]:
    """The column and row of a reference such as `C12`, each 0 where it has none.

    Raises `ValueError` for what is no reference.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(match[2] or 0)
