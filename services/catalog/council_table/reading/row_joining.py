"""From rows as a file has them to one row of eleven cells for each qualification.

What is no row of the table (its title, repeated heads, drawn rules, signatures) is set aside. A row
begins a qualification if column 1 is filled, or columns 2 and 4 both are; every other row
continues the one above: page breaks cut rows in two, and tables list functions in rows of their
own. A continued cell goes on with

- no blank, where it was cut at a hyphen after a letter ("информационно-" + "справочному");
- a new line, where the piece opens a paragraph: with a capital, or an item's number before one,
  after text that did not stop at a comma, colon, dash or bracket;
- a blank otherwise.
"""

import re
from dataclasses import dataclass, field

from services.catalog.council_table.grammar.cells import (
    WIDTH,
    Origin,
    RawRow,
    clean,
    has_markup,
    is_rule,
)
from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.reading.cell_placement import placed

CODES_COLUMN = 5

_COLUMN_NUMBER = re.compile(r"(\d{1,2})\.?")
_ROW_NUMBER = re.compile(r"\d{1,4}\.?|\d{2}\.\d{5}\.\d{2,4}")
_CUT_WORD = re.compile(r".*\w-", re.DOTALL)
_UNFINISHED = re.compile(r".*[,;:(«–—-]", re.DOTALL)
_OPENING = re.compile(r"[«(]?[A-ZА-ЯЁ]|(?:\d{1,2}\.)+ ?[A-ZА-ЯЁ]")


@dataclass
class JoinedRow:
    """A qualification's eleven cells, cleaned, the rows they came from, and what was repaired."""

    notes: Notes
    cells: list[str] = field(default_factory=lambda: [""] * WIDTH)
    origins: list[Origin] = field(default_factory=list)

    @property
    def begun(self) -> frozenset[int]:
        """The columns that are filled so far."""
        return frozenset(column for column, text in enumerate(self.cells, 1) if text)


@dataclass(frozen=True)
class JoinedTable:
    """The qualifications' rows, and the lines of text before, between and after them."""

    rows: tuple[JoinedRow, ...]
    outside: tuple[str, ...]


def join(raw: tuple[RawRow, ...], notes: Notes) -> JoinedTable:
    """Joins fragments; `notes` takes what concerns the table as a whole."""
    outside, inside = _sorted_out(raw, notes)
    rows: list[JoinedRow] = []
    above = [""] * WIDTH
    for row in inside:
        if all(is_rule(cell) for cell in row.cells if cell.strip()):
            if rows:
                rows[-1].notes.add("row.drawn_rule", place=row.origin)
            continue
        cells, found = _eleven(row, rows)
        if not rows or (cells and _begins(cells)):
            rows.append(JoinedRow(Notes(len(rows) + 1)))
            cells = _inherited(cells, row, above, rows[-1].notes)
        _add(rows[-1], cells, row.origin, found)
        above = list(rows[-1].cells)
    for joined in rows:
        if len(joined.origins) > 1:
            places = "; ".join(map(str, joined.origins))
            joined.notes.add("row.split", count=len(joined.origins), places=places)
    return JoinedTable(tuple(rows), outside)


def continuation(before: str, piece: str, column: int) -> str:
    """The text of a cell cut in two, by the rule above. Column 5 holds a code on every line."""
    if not before or not piece:
        return before or piece
    if column == CODES_COLUMN:
        return f"{before}\n{piece}"
    if _CUT_WORD.fullmatch(before):
        return before + piece
    if _OPENING.match(piece) and not _UNFINISHED.fullmatch(before):
        return f"{before}\n{piece}"
    return f"{before} {piece}"


def _sorted_out(raw: tuple[RawRow, ...], notes: Notes) -> tuple[tuple[str, ...], list[RawRow]]:
    """Lines outside the table, and the rows of the table below its head."""
    outside: list[str] = []
    rows: list[RawRow] = []
    heads = 0
    for row in raw:
        texts = [clean(cell) for cell in row.cells]
        filled = [index for index, text in enumerate(texts) if text]
        if not filled and not any(is_rule(cell) for cell in row.cells):
            continue
        if _is_head(texts):
            heads += 1
            if heads == 1:
                rows.clear()  # the columns' names above their numbers
            else:
                notes.add("table.head_repeated", place=row.origin)
        elif filled == [0] and not _ROW_NUMBER.fullmatch(texts[0]):
            outside.append(texts[0])
        else:
            rows.append(row)
    if not heads:
        rows = _without_names(rows)
        notes.add("table.no_head")
    return tuple(outside), rows


def _is_head(texts: list[str]) -> bool:
    numbers = [_COLUMN_NUMBER.fullmatch(text) for text in texts]
    return len(texts) > 1 and all(
        number is not None and int(number[1]) == column for column, number in enumerate(numbers, 1)
    )


def _without_names(rows: list[RawRow]) -> list[RawRow]:
    """The rows from the first that begins a qualification, if any does."""
    for index, row in enumerate(rows):
        if _ROW_NUMBER.fullmatch(clean(row.cells[0])):
            return rows[index:]
    return rows


def _begins(cells: tuple[str, ...]) -> bool:
    number, name, _, level, *_ = cells
    return bool(number or (name and level))


def _eleven(row: RawRow, rows: list[JoinedRow]) -> tuple[tuple[str, ...], Notes]:
    """The row's eleven clean cells (none where they cannot be told), and what was found."""
    cells = tuple(clean(cell) for cell in row.cells)
    found = placed(cells, rows[-1].begun if rows and not cells[0] else None)
    notes = Notes()
    place, count = row.origin, len(cells)
    if found is None:
        notes.add("row.width", before=" | ".join(cells), place=place, count=count)
        return (), notes
    if count < WIDTH:
        notes.add(
            "row.lost_cells",
            before=" | ".join(cells),
            after=" | ".join(found),
            place=place,
            count=count,
        )
    _residue(row.cells, found, notes)
    for column in sorted(row.covered):
        notes.add("cell.merged_left", min(column, WIDTH))
    for column in sorted(row.formulas):
        notes.add("cell.formula", min(column, WIDTH))
    return found, notes


def _residue(sources: tuple[str, ...], found: tuple[str, ...], notes: Notes) -> None:
    """Tells of markup, in the column where the cell has been placed."""
    filled = iter(source for source in sources if clean(source))
    for column, text in enumerate(found, 1):
        source = next(filled, "") if text else ""
        if has_markup(source):
            notes.add("cell.markup", column, before=source, after=text)


def _inherited(
    cells: tuple[str, ...], row: RawRow, above: list[str], notes: Notes
) -> tuple[str, ...]:
    """The cells, with what stands in a cell merged with the one of the qualification above."""
    filled = list(cells)
    for column in sorted(row.continued):
        if column <= len(cells) and not cells[column - 1] and above[column - 1]:
            filled[column - 1] = above[column - 1]
            notes.add("cell.merged_above", column, after=above[column - 1])
    return tuple(filled)


def _add(joined: JoinedRow, cells: tuple[str, ...], origin: Origin, found: Notes) -> None:
    joined.origins.append(origin)
    joined.notes.take(found)
    for column, text in enumerate(cells, 1):
        joined.cells[column - 1] = continuation(joined.cells[column - 1], text, column)
