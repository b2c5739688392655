"""The form's columns by their head: in the form's order, without columns that are blank.

A sheet may begin at its second column, or have a narrow blank one between two; a file may have the
columns in another order. The row of numbers says which is which, until the next such row; where
there is none, the row of the columns' names does.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.catalog.council_table.grammar.cells import RawRow, clean_cell
from services.catalog.council_table.grammar.column import COLUMN_COUNT, Column
from shared.text import normalize_title

_COLUMN_NUMBER = re.compile(r"(\d{1,2})\.?")
_IN_ORDER = tuple(range(COLUMN_COUNT))
_LEAST_NAMES = 6
_LONGEST_OPENING = 60
_NAME_OPENINGS = {
    Column.REGISTRY_NUMBER: "номер",
    Column.NAME: "наименование квалификации",
    Column.OCCUPATIONAL_STANDARD: "наименование и реквизиты",
    Column.LEVEL: "уровень",
    Column.FUNCTION_CODES: "код",
    Column.FUNCTION_NAMES: "наименование трудовой",
    Column.ADDITIONAL_INFORMATION: "дополнительные сведения",
    Column.LEGAL_REQUIREMENT: "квалификационное требование",
    Column.REQUIREMENTS: "перечень документов",
    Column.VALIDITY_TERM: "срок действия",
    Column.ADDITIONAL_CHARACTERISTICS: "дополнительные характеристики",
}
_Places = tuple[int, ...]


def find_number_places(texts: Sequence[str]) -> _Places | None:
    """Where the numbers of columns 1 to 11 stand among the cells of a row, from 0.

    None where the row has anything else, or not all of them.
    """
    places: dict[int, int] = {}
    for place, text in enumerate(texts):
        match = _COLUMN_NUMBER.fullmatch(text.strip())
        if match is not None and int(match[1]) not in places:
            places[int(match[1])] = place
        elif text.strip():
            return None
    return tuple(places[column] for column in Column) if set(places) == set(Column) else None


def find_name_places(texts: Sequence[str]) -> _Places | None:
    """Where the names of columns stand among the eleven cells of a row; None for other rows.

    A column whose name is not known stands in its own place.
    """
    plain_texts = [normalize_title(text[:_LONGEST_OPENING]) for text in texts]
    places = {
        column: place
        for place, text in enumerate(plain_texts)
        for column, opening in _NAME_OPENINGS.items()
        if text.startswith(opening)
    }
    all_places = tuple(places.get(column, column.index) for column in Column)
    is_complete = len(texts) == COLUMN_COUNT and set(all_places) == set(_IN_ORDER)
    return all_places if is_complete and len(places) >= _LEAST_NAMES else None


def arrange_columns(rows: Sequence[RawRow]) -> tuple[RawRow, ...]:
    """The rows, their cells as the head above them says; as they are where there is no head."""
    for find_places in (find_number_places, find_name_places):
        heads = {
            index: places
            for index, row in enumerate(rows)
            if (places := find_places(row.cells)) is not None
        }
        if heads:
            return tuple(_arrange_below(rows, heads))
    return tuple(rows)


def _arrange_below(rows: Sequence[RawRow], heads: dict[int, _Places]) -> list[RawRow]:
    """The rows arranged by the heads at these indexes; the first is also that of rows above it."""
    places = heads[min(heads)]
    arranged_rows: list[RawRow] = []
    for index, row in enumerate(rows):
        places = heads.get(index, places)
        arranged_rows.append(row if places == _IN_ORDER else _arrange_row(row, places))
    return arranged_rows


def _arrange_row(row: RawRow, places: _Places) -> RawRow:
    """A row with its cells in the form's order; a line of text beside the table as it is.

    A cell that the row lacks is left out, and the row is no row of eleven cells.
    """
    filled_places = {place for place, cell in enumerate(row.cells) if clean_cell(cell)}
    if not filled_places <= set(places):
        return row
    numbers = {place + 1: number for number, place in enumerate(places, start=1)}

    def renumber(columns: frozenset[int]) -> frozenset[int]:
        return frozenset(numbers[column] for column in columns if column in numbers)

    return replace(
        row,
        cells=tuple(row.cells[place] for place in places if place < len(row.cells)),
        merged_above=renumber(row.merged_above),
        merged_left=renumber(row.merged_left),
        formula_columns=renumber(row.formula_columns),
        remarks=tuple(
            replace(remark, column=numbers.get(remark.column or 0, remark.column))
            for remark in row.remarks
        ),
    )
