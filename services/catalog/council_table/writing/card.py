"""The numbered card: the rows of the form's cells written downwards, item by item."""

from collections.abc import Iterator

from services.catalog.council_table.grammar.card_items import (
    BASIS_HEADS,
    FUNCTION_HEADS,
    ITEM_COLUMNS,
    LABELS,
    STANDARD_KIND,
    CardItem,
)
from services.catalog.council_table.grammar.column import Column
from services.catalog.qualification.form import FormContent

CARD_COLUMNS = 4
"""Cells of a card's row: the item's number, its label, and up to two values."""

FIRST_ITEM = "1."
"""The number that begins a card."""

_DASH = "-"

CardRow = tuple[str, str, str, str]


def list_card_rows(form_row: tuple[str, ...], content: FormContent) -> Iterator[CardRow]:
    """The rows of a qualification's card, of the same cells as its row of the form."""
    for number, item in enumerate(LABELS, 1):
        first_values, *other_values = _list_values(item, form_row, content)
        yield f"{number}.", LABELS[item].title, *first_values
        for values in other_values:
            yield "", "", *values


def _list_values(
    item: CardItem, form_row: tuple[str, ...], content: FormContent
) -> list[tuple[str, str]]:
    """An item's rows of values; items that a form does not state have a dash."""
    if item is CardItem.BASIS:
        return [BASIS_HEADS, (STANDARD_KIND, form_row[Column.OCCUPATIONAL_STANDARD.index])]
    if item is CardItem.FUNCTIONS:
        return [FUNCTION_HEADS, *_list_functions(form_row)]
    standards = content.standards
    texts = {
        CardItem.NUMBER: content.registry_number,
        CardItem.AREA: standards[0].code[:2] if standards else None,
        CardItem.ACTIVITY: content.activity_type,
        CardItem.CONDITIONS: content.special_conditions,
    }
    if item is not CardItem.NUMBER and item in ITEM_COLUMNS:
        return [(form_row[ITEM_COLUMNS[item].index], "")]
    return [(texts.get(item) or _DASH, "")]


def _list_functions(form_row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The codes of functions, each with its name; a standard's code stands alone."""
    names = iter(form_row[Column.FUNCTION_NAMES.index].split("\n"))
    for code in form_row[Column.FUNCTION_CODES.index].split("\n"):
        yield code, next(names, "") if "/" in code else ""
