"""Which column each cell of a fragment belongs to, where an extraction lost empty cells.

A row with one or two cells too few has lost empty ones. Every way to put them back is tried; a way
counts if each filled cell suits its column (a code stands in column 5, a number in 4, a term in
10, prose elsewhere). Among several, the best has prose that opens like a list of documents in
column 9, names beside codes, and, in a continued row, fills the fewest columns that the row has not
begun. If two ways are equally good, nothing is chosen.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from services.catalog.council_table.grammar.column import COLUMN_COUNT, Column

_MAX_LOST_CELLS = 2
_NUMBER = re.compile(r"\d{1,4}\.?|\d{2}\.\d{5}\.\d{2,4}")
_LEVEL = re.compile(r"\d(?:\.\d{1,2})?(?: ?\(.{1,5}\))?")
_CODES = re.compile(r"(?:[A-ZА-ЯЁ] ?/ ?\d{1,2}[.,]\d(?:\.\d)?[\s,;]*)+")
_TERM = re.compile(r"(?:\w+ (?:год|месяц|лет|дн|недел)\w*\.?(?:\s+|$))+|[-–—]", re.IGNORECASE)
_DOCUMENTS_OPENING = re.compile(r"\d{1,2}\. ?[А-ЯЁ]|Документы?,? ")
_COLUMN_SHAPES = {
    Column.REGISTRY_NUMBER: _NUMBER,
    Column.LEVEL: _LEVEL,
    Column.FUNCTION_CODES: _CODES,
    Column.VALIDITY_TERM: _TERM,
}


def place_cells(
    cells: tuple[str, ...], filled_columns: frozenset[Column] | None, *, may_lack_blanks: bool
) -> tuple[str, ...] | None:
    """Eleven cells, or None where they cannot be placed in just one way.

    The cells are clean. `filled_columns` are the columns that the row has filled so far, None where
    the fragment begins a row. Only where the file `may_lack_blanks` are any put back.
    """
    remaining_cells = list(cells)
    while len(remaining_cells) > COLUMN_COUNT and not remaining_cells[-1].strip():
        remaining_cells.pop()
    if len(remaining_cells) == COLUMN_COUNT:
        return tuple(remaining_cells)
    lost_count = COLUMN_COUNT - len(remaining_cells)
    if not may_lack_blanks or not 0 < lost_count <= _MAX_LOST_CELLS:
        return None
    scores = {
        placement: _placement_score(placement, filled_columns)
        for placement in _suitable_placements(remaining_cells, lost_count)
    }
    best_placements = [
        placement for placement, score in scores.items() if score == max(scores.values())
    ]
    return best_placements[0] if len(best_placements) == 1 else None


def _suitable_placements(cells: list[str], lost_count: int) -> Iterator[tuple[str, ...]]:
    """Every way to put `lost_count` empty cells back so that each filled cell suits its column."""
    for gaps in combinations(Column, lost_count):
        remaining_cells = iter(cells)
        placement = tuple("" if column in gaps else next(remaining_cells) for column in Column)
        if all(
            _suits_column(text, column)
            for column, text in zip(Column, placement, strict=True)
            if text
        ):
            yield placement


def _suits_column(text: str, column: Column) -> bool:
    """Whether a filled cell may stand in the column: by its shape, or as prose."""
    if column in _COLUMN_SHAPES:
        return _COLUMN_SHAPES[column].fullmatch(text) is not None
    return not _CODES.fullmatch(text) and not text.isdigit()


def _placement_score(
    placement: tuple[str, ...], filled_columns: frozenset[Column] | None
) -> tuple[bool, bool, int]:
    """How good a placement is by the module's rule; a greater tuple is a better placement."""
    newly_filled = sum(
        1
        for column, text in zip(Column, placement, strict=True)
        if text and column not in (filled_columns or ())
    )
    return (
        _DOCUMENTS_OPENING.match(placement[Column.REQUIREMENTS.index]) is not None,
        bool(placement[Column.FUNCTION_CODES.index])
        == bool(placement[Column.FUNCTION_NAMES.index]),
        0 if filled_columns is None else -newly_filled,
    )
