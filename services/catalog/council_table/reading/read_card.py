"""The numbered card, read as a row of the form: each item's value in the column that it fills.

An item begins with its label, behind a number or not, in a cell or a line of its own; the rows and
lines below go on with it until the next label. A new name begins a new card. Items that the form
and the registry's card do not keep (the protocol, the order, paths to the qualification) are told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.catalog.council_table.grammar.candidate import RegistryCard
from services.catalog.council_table.grammar.card_items import (
    BASIS_HEADS,
    FUNCTION_HEADS,
    ITEM_COLUMNS,
    REQUIREMENT_KIND,
    STANDARD_KIND,
    CardItem,
    LabelMatch,
    is_card,
    is_item_number,
    match_label,
)
from services.catalog.council_table.grammar.cells import Origin, RawRow, RawTable, clean_cell
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.surroundings import is_export_line
from services.catalog.council_table.reading.row_joining import (
    JoinedRow,
    JoinedTable,
    join_cell_text,
    read_printed_text,
    report_remarks,
)
from shared.text import normalize_title

_FUNCTION = re.compile(
    r"([A-Za-zА-Яа-яЁё]\s*/\s*[\dОOЗ]{1,2}[.,]\s*\d(?:[.,]\d)?)[\s.:–—-]*(.*)", re.DOTALL
)
_FUNCTION_CODE = re.compile(r"[A-Za-zА-Яа-яЁё]\s*[/\\].{1,12}")
_STANDARD_CODE = re.compile(r"\d{2}\.\d{3}")
_SUBLEVEL = re.compile(
    r"(\d)\s*[(,;]\s*(?:подуровень\s*)?(\d{1,2}(?:\.\d{1,2})?)\)?", re.IGNORECASE
)
_PRINTED_KIND = re.compile(
    rf"(?:{STANDARD_KIND}|{REQUIREMENT_KIND}(?:, установленное федеральным законом"
    r"(?: и иным нормативным правовым актом Российской Федерации)?)?)(?: ?\([^)]*\))?[\s:]*",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(r"\d{1,2}(?:[.)]|\s|$)")
_DASHES = frozenset({"-", "–", "—", ""})
_UNKEPT_ITEMS = (CardItem.AREA, CardItem.PROTOCOL, CardItem.ORDER, CardItem.PATHS, CardItem.RIGHT)


@dataclass
class _Item:
    """An item's rows below its label: the filled cells of each."""

    match: LabelMatch
    rows: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def item(self) -> CardItem:
        """What the item says."""
        return self.match.item

    @property
    def text(self) -> str:
        """All its text, a row a line, fragments joined as those of the form's cells are."""
        column = ITEM_COLUMNS.get(self.item, Column.ADDITIONAL_INFORMATION)
        if column is Column.FUNCTION_CODES:
            column = Column.FUNCTION_NAMES
        text = ""
        for cells in self.rows:
            text = join_cell_text(text, " ".join(cells), column)
        return text


@dataclass
class _Card:
    """A card's items in their order, the rows that they come from, and its findings."""

    findings: Findings
    items: list[_Item] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    def join_text(self, item: CardItem) -> str:
        """The text of all items of this kind; empty where there is none, a dash for a dash."""
        return "\n".join(entry.text for entry in self.items if entry.item is item)

    def list_rows(self, item: CardItem) -> Iterator[tuple[str, ...]]:
        """The rows of all items of this kind."""
        for entry in self.items:
            if entry.item is item:
                yield from entry.rows


def holds_cards(table: RawTable) -> bool:
    """Whether the file has cards instead of the form's table."""
    matches = (_match_row(_filled_cells(row)) for row in table.rows)
    return is_card([match.item for match in matches if match is not None])


def read_cards(table: RawTable) -> JoinedTable:
    """The file's cards as rows of the form, and the lines that stand outside them."""
    cards: list[_Card] = []
    outside_lines: list[str] = []
    for row in table.rows:
        cells = _filled_cells(row)
        match = _match_row(cells)
        if match is not None and _is_kind_of_basis(cards, match, cells):
            match = None
        if match is not None and match.item is CardItem.NAME:
            cards.append(_Card(Findings(len(cards) + 1)))
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
    rows = tuple(_to_form_row(card) for card in cards)
    registry_cards = {
        number: registry_card
        for number, card in enumerate(cards, 1)
        if (registry_card := _read_registry_card(card)) is not None
    }
    return JoinedTable(rows, tuple(outside_lines), registry_cards)


def _filled_cells(row: RawRow) -> tuple[str, ...]:
    """The row's clean cells that hold text."""
    return tuple(text for cell in row.cells if (text := clean_cell(cell)))


def _match_row(cells: tuple[str, ...]) -> LabelMatch | None:
    """The item whose label the row opens with, behind a number's cell or not."""
    if len(cells) > 1 and is_item_number(cells[0]):
        return match_label(cells[1])
    return match_label(cells[0]) if cells else None


def _is_kind_of_basis(cards: list[_Card], match: LabelMatch, cells: tuple[str, ...]) -> bool:
    """Whether an item's label without a number is a kind of document under the card's basis."""
    is_below_basis = bool(cards) and cards[-1].items[-1].item is CardItem.BASIS
    return (
        is_below_basis
        and match.item is CardItem.REQUIREMENT
        and not _LEADING_NUMBER.match(cells[0])
    )


def _is_behind(card: _Card, cells: tuple[str, ...]) -> bool:
    """Whether a line without a label stands behind a card that has said its last item."""
    last_item = card.items[-1]
    return last_item.item is CardItem.TERM and bool(last_item.rows) and len(cells) == 1


def _add_row(card: _Card, row: RawRow, cells: tuple[str, ...], match: LabelMatch | None) -> None:
    """Adds a row to the item that it begins or goes on with."""
    card.origins.append(row.origin)
    if match is not None:
        label_cells = 2 if len(cells) > 1 and is_item_number(cells[0]) else 1
        values = (match.value, *cells[label_cells:]) if match.value else cells[label_cells:]
        card.items.append(_Item(match))
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
        if not (remark.rule == "cell.number" and entry.item in {CardItem.LEVEL, CardItem.NUMBER})
    )
    report_remarks(remarks, card.findings, column)
    for _ in row.formula_columns:
        card.findings.add("cell.formula", column)


def _to_form_row(card: _Card) -> JoinedRow:
    """The card as a row of the form's eleven cells; what is kept nowhere becomes a finding."""
    codes, names, information = _read_functions(card)
    standards, requirements = _read_basis(card)
    texts = {
        Column.REGISTRY_NUMBER: card.join_text(CardItem.NUMBER),
        Column.NAME: card.join_text(CardItem.NAME),
        Column.OCCUPATIONAL_STANDARD: "\n".join(standards),
        Column.LEVEL: _SUBLEVEL.sub(r"\1 (\2)", card.join_text(CardItem.LEVEL), count=1),
        Column.FUNCTION_CODES: "\n".join(codes),
        Column.FUNCTION_NAMES: "\n".join(names),
        Column.ADDITIONAL_INFORMATION: "\n".join(
            filter(None, [*information, card.join_text(CardItem.INFORMATION)])
        ),
        Column.LEGAL_REQUIREMENT: "\n".join(requirements),
        Column.REQUIREMENTS: card.join_text(CardItem.DOCUMENTS),
        Column.VALIDITY_TERM: card.join_text(CardItem.TERM),
        Column.ADDITIONAL_CHARACTERISTICS: "\n".join(
            " ".join(cells) for cells in card.list_rows(CardItem.TITLES)
        ),
    }
    for item in _UNKEPT_ITEMS:
        text = card.join_text(item)
        is_derived = item is CardItem.AREA and re.match(
            r"\d{2}\b", standards[0] if standards else ""
        )
        if text not in _DASHES and not (is_derived and standards[0].startswith(text[:2])):
            card.findings.add("card.passed_over", before=text)
    cells = [read_printed_text(texts[column], column, card.findings) for column in Column]
    return JoinedRow(card.findings, cells, card.origins)


def _read_functions(card: _Card) -> tuple[list[str], list[str], list[str]]:
    """The lines of codes, names and additional information of the items about functions."""
    codes: list[str] = []
    names: list[str] = []
    information: list[str] = []
    for cells in card.list_rows(CardItem.FUNCTIONS):
        if _is_head(cells, FUNCTION_HEADS):
            continue
        if len(cells) > 1 and _FUNCTION_CODE.fullmatch(cells[0]):
            codes.append(cells[0])
            names.append(" ".join(cells[1].split()))
            information.extend(text for text in cells[2:] if text not in _DASHES)
            continue
        for line in " ".join(cells).split("\n"):
            if match := _FUNCTION.fullmatch(line):
                codes.append(match[1])
                names.append(match[2])
            elif _STANDARD_CODE.fullmatch(line.strip()):
                codes.append(line.strip())
            elif names:
                names[-1] = join_cell_text(names[-1], line, Column.NAME).replace("\n", " ")
            else:
                codes.append(line)  # told as no code by the column's grammar
    return codes, [name for name in names if name], information


def _read_basis(card: _Card) -> tuple[list[str], list[str]]:
    """The standards, and the legal requirements, that the card rests on."""
    standards: list[str] = []
    requirements = [text for text in [card.join_text(CardItem.REQUIREMENT)] if text]
    kept_lines = standards
    for cells in card.list_rows(CardItem.BASIS):
        if _is_head(cells, BASIS_HEADS):
            continue
        kind = normalize_title(cells[0])
        texts = cells
        if kind.startswith(normalize_title(STANDARD_KIND)):
            kept_lines, texts = standards, _cut_kind(cells)
        elif kind.startswith(normalize_title(REQUIREMENT_KIND)):
            kept_lines, texts = requirements, _cut_kind(cells)
        elif len(cells) > 1:
            if cells[-1] not in _DASHES:
                card.findings.add("card.passed_over", before=" ".join(cells))
            continue
        kept_lines.extend(text for text in texts if text not in _DASHES)
    return standards or ["-"], requirements or ["-"]


def _cut_kind(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells behind the kind of a document, which may share its cell before a colon."""
    if len(cells) > 1:
        return cells[1:]
    return (_PRINTED_KIND.sub("", cells[0], count=1),)


def _is_head(cells: tuple[str, ...], heads: tuple[str, str]) -> bool:
    """Whether the row is the head of an item's own table."""
    text = normalize_title(" ".join(cells))
    return text.startswith(f"{normalize_title(heads[0])} ") and (
        normalize_title(heads[1].split()[0]) in text
    )


def _read_registry_card(card: _Card) -> RegistryCard | None:
    """What the card says beyond the form's columns; None where it says nothing of it."""
    activity, conditions = (
        None if (text := card.join_text(item)) in _DASHES else text
        for item in (CardItem.ACTIVITY, CardItem.CONDITIONS)
    )
    if activity is None and conditions is None:
        return None
    return RegistryCard(activity_type=activity, special_conditions=conditions)
