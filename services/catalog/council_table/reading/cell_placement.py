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

from services.catalog.council_table.grammar.cells import WIDTH

_MOST_LOST = 2
_NUMBER = re.compile(r"\d{1,4}\.?|\d{2}\.\d{5}\.\d{2,4}")
_LEVEL = re.compile(r"\d(?:\.\d{1,2})?(?: ?\(.{1,5}\))?")
_CODES = re.compile(r"(?:[A-ZА-ЯЁ] ?/ ?\d{1,2}[.,]\d(?:\.\d)?[\s,;]*)+")
_TERM = re.compile(r"(?:\w+ (?:год|месяц|лет|дн|недел)\w*\.?(?:\s+|$))+|[-–—]", re.IGNORECASE)
_DOCUMENTS = re.compile(r"\d{1,2}\. ?[А-ЯЁ]|Документы?,? ")
_SHAPES = {1: _NUMBER, 4: _LEVEL, 5: _CODES, 10: _TERM}
_CODES_COLUMN, _DOCUMENTS_COLUMN = 5, 9


def placed(cells: tuple[str, ...], begun: frozenset[int] | None) -> tuple[str, ...] | None:
    """Eleven cells, or None where they cannot be placed in just one way.

    The cells are clean. `begun` are the columns that the row has filled so far, None where the
    fragment begins a row.
    """
    trimmed = list(cells)
    while len(trimmed) > WIDTH and not trimmed[-1].strip():
        trimmed.pop()
    if len(trimmed) == WIDTH:
        return tuple(trimmed)
    lost = WIDTH - len(trimmed)
    if not 0 < lost <= _MOST_LOST:
        return None
    ways = {way: _goodness(way, begun) for way in _suitable(trimmed, lost)}
    best = [way for way, goodness in ways.items() if goodness == max(ways.values())]
    return best[0] if len(best) == 1 else None


def _suitable(cells: list[str], lost: int) -> Iterator[tuple[str, ...]]:
    for gaps in combinations(range(WIDTH), lost):
        rest = iter(cells)
        way = tuple("" if column in gaps else next(rest) for column in range(WIDTH))
        if all(_suits(text, column) for column, text in enumerate(way, 1) if text):
            yield way


def _suits(text: str, column: int) -> bool:
    if column in _SHAPES:
        return _SHAPES[column].fullmatch(text) is not None
    return not _CODES.fullmatch(text) and not text.isdigit()


def _goodness(way: tuple[str, ...], begun: frozenset[int] | None) -> tuple[bool, bool, int]:
    strange = sum(1 for column, text in enumerate(way, 1) if text and column not in (begun or ()))
    return (
        _DOCUMENTS.match(way[_DOCUMENTS_COLUMN - 1]) is not None,
        bool(way[_CODES_COLUMN - 1]) == bool(way[_CODES_COLUMN]),
        0 if begun is None else -strange,
    )
