"""The numbered card, read as a row of the form: each item's value in the column that it fills.

An item begins with its label, behind a number or not, in a cell or a line of its own; the rows and
lines below go on with it until the next label. A new name begins a new card. Items that the form
and the registry's card do not keep (the protocol, the order, paths to the qualification) are told.
"""

from dataclasses import replace

from services.catalog.council_table.grammar.card_items import (
    ITEM_COLUMNS,
    CardItem,
    LabelMatch,
    is_card,
    is_item_number,
    match_label,
    match_unknown_item,
    read_item_number,
)
from services.catalog.council_table.grammar.cells import RawRow, RawTable, clean_cell
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.surroundings import is_export_line
from services.catalog.council_table.reading.card_rows import (
    PrintedCard,
    PrintedItem,
    place_in_form,
    read_registry_card,
)
from services.catalog.council_table.reading.row_joining import JoinedTable, report_remarks


def holds_cards(table: RawTable) -> bool:
    """Whether the file has cards instead of the form's table."""
    matches = (_match_row(_filled_cells(row)) for row in table.rows)
    return is_card([match.item for match in matches if match is not None])


def read_cards(table: RawTable) -> JoinedTable:
    """The file's cards as rows of the form, and the lines that stand outside them."""
    cards: list[PrintedCard] = []
    outside_lines: list[str] = []
    opening_item = _find_opening_item(table)
    for row in table.rows:
        cells = _filled_cells(row)
        match = _match_row(cells)
        if match is not None and cards and _goes_on(cards[-1], match):
            match = None
        if match is None and cards:
            match = _match_unknown(cards[-1], cells)
        if match is not None and match.item is opening_item:
            cards.append(PrintedCard(Findings(len(cards) + 1)))
        if not cells:
            continue
        if (
            not cards
            or is_export_line(cells[0])
            or (match is None and _is_behind(cards[-1], cells))
        ):
            outside_lines.append(" ".join(cells))
            continue
        _add_row(cards[-1], row, cells, match)
    rows = tuple(place_in_form(card) for card in cards)
    registry_cards = {
        number: registry_card
        for number, card in enumerate(cards, 1)
        if (registry_card := read_registry_card(card)) is not None
    }
    return JoinedTable(rows, tuple(outside_lines), registry_cards)


def _find_opening_item(table: RawTable) -> CardItem:
    """The item that each card begins with: the first, if it is number 1, or the name or number."""
    matches = [match for row in table.rows if (match := _match_row(_filled_cells(row))) is not None]
    if matches and matches[0].number == 1:
        return matches[0].item
    items = (match.item for match in matches)
    return next(item for item in items if item in {CardItem.NAME, CardItem.NUMBER})


def _match_unknown(card: PrintedCard, cells: tuple[str, ...]) -> LabelMatch | None:
    """The item behind the card's last that a row begins, if its label is not known."""
    number = card.items[-1].match.number
    return match_unknown_item(cells, number + 1) if number is not None else None


def _filled_cells(row: RawRow) -> tuple[str, ...]:
    """The row's clean cells that hold text."""
    return tuple(text for cell in row.cells if (text := clean_cell(cell)))


def _match_row(cells: tuple[str, ...]) -> LabelMatch | None:
    """The item whose label the row opens with, behind a number's cell or not."""
    if len(cells) > 1 and is_item_number(cells[0]):
        match = match_label(cells[1], is_alone=len(cells) == 2)  # noqa: PLR2004
        return replace(match, number=read_item_number(cells[0])) if match is not None else None
    return match_label(cells[0], is_alone=len(cells) == 1) if cells else None


def _goes_on(card: PrintedCard, match: LabelMatch) -> bool:
    """Whether what looks like an item's label is text of the item before it.

    In a card with numbers each item has one; under the basis the requirement is a kind of document.
    """
    if card.items[0].match.number is not None and match.number is None:
        return True
    is_below_basis = card.items[-1].item is CardItem.BASIS
    return is_below_basis and match.item is CardItem.REQUIREMENT and match.number is None


def _is_behind(card: PrintedCard, cells: tuple[str, ...]) -> bool:
    """Whether a line without a label stands behind a card that has said its last item."""
    last_item = card.items[-1]
    return last_item.item is CardItem.TERM and bool(last_item.rows) and len(cells) == 1


def _add_row(
    card: PrintedCard, row: RawRow, cells: tuple[str, ...], match: LabelMatch | None
) -> None:
    """Adds a row to the item that it begins or goes on with."""
    card.origins.append(row.origin)
    if match is not None:
        label_cells = 2 if len(cells) > 1 and is_item_number(cells[0]) else 1
        values = (match.value, *cells[label_cells:]) if match.value else cells[label_cells:]
        card.items.append(PrintedItem(match))
        cells = values
    entry = card.items[-1]
    longer_match = entry.match.continue_label(cells[0]) if match is None else None
    if longer_match is not None:
        entry.match = longer_match
        cells = (longer_match.value, *cells[1:]) if longer_match.value else cells[1:]
    if cells:
        entry.rows.append(cells)
    column = ITEM_COLUMNS.get(entry.item)
    remarks = (
        remark
        for remark in row.remarks
        if remark.rule != "cell.number" or not _holds_number(entry.item, remark.column)
    )
    report_remarks(remarks, card.findings, column)
    for _ in row.formula_columns:
        card.findings.add("cell.formula", column)


def _holds_number(item: CardItem, column: int | None) -> bool:
    """Whether a number belongs in the item, or in the column of the items' numbers."""
    return item in {CardItem.LEVEL, CardItem.NUMBER} or column == 1
