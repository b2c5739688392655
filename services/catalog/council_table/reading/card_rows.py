"""A numbered card as a row of the form: each item's value in the column that it fills."""

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
)
from services.catalog.council_table.grammar.cells import SOFT_HYPHEN, Origin
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.reading.row_joining import (
    JoinedRow,
    join_cell_text,
    read_printed_text,
)
from shared.text import normalize_title

_FUNCTION = re.compile(
    r"([A-Za-zА-Яа-яЁё]\s*/\s*[\dОOЗ]{1,2}[.,]\s*\d(?:[.,]\d)?)[\s.:–—-]*(.*)", re.DOTALL
)
_FUNCTION_CODE = re.compile(r"[A-Za-zА-Яа-яЁё]\s*[/\\].{1,12}")
_STANDARD_CODE = re.compile(r"\d{2}\.\d{3}")
_SUBLEVEL = re.compile(
    r"(\d)(?:\s+уровень)?\s*[(,;]\s*(?:подуровень\s*)?(\d{1,2}(?:\.\d{1,2})?)\)?", re.IGNORECASE
)
_SPACED_STANDARD, _SPACED_REQUIREMENT = (
    kind.replace(" ", r"\s+") for kind in (STANDARD_KIND, REQUIREMENT_KIND)
)
_PRINTED_KIND = re.compile(
    rf"(?:{_SPACED_STANDARD}|{_SPACED_REQUIREMENT}(?:,?\s+установленное\s+федеральным\s+законом"
    r"(?:\s+и\s+иным\s+нормативным\s+правовым\s+актом\s+Российской\s+Федерации)?)?)"
    r"(?:\s*\([^)]*\))?[\s:]*",
    re.IGNORECASE,
)
_DASHES = frozenset({"-", "–", "—", ""})
_UNKEPT_ITEMS = (CardItem.AREA, CardItem.PROTOCOL, CardItem.ORDER, CardItem.PATHS, CardItem.RIGHT)


@dataclass
class PrintedItem:
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
        return text.removesuffix(SOFT_HYPHEN)


@dataclass
class PrintedCard:
    """A card's items in their order, the rows that they come from, and its findings."""

    findings: Findings
    items: list[PrintedItem] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    def join_text(self, item: CardItem) -> str:
        """The text of all items of this kind; empty where there is none, a dash for a dash."""
        return "\n".join(entry.text for entry in self.items if entry.item is item)

    def list_rows(self, item: CardItem) -> Iterator[tuple[str, ...]]:
        """The rows of all items of this kind; of a cell alone each line is one."""
        for entry in self.items:
            for cells in entry.rows if entry.item is item else ():
                yield from [cells] if len(cells) > 1 else ((line,) for line in cells[0].split("\n"))


def place_in_form(card: PrintedCard) -> JoinedRow:
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
        Column.ADDITIONAL_CHARACTERISTICS: card.join_text(CardItem.TITLES),
    }
    for item in _UNKEPT_ITEMS:
        text = card.join_text(item)
        # The area's number is the beginning of the standard's code.
        is_known = item is CardItem.AREA and standards[0].startswith(text[:2])
        if text not in _DASHES and not is_known:
            card.findings.add("card.passed_over", before=text)
    for entry in card.items:
        if entry.item is CardItem.UNKNOWN:
            card.findings.add("card.passed_over", before=f"{entry.match.label}: {entry.text}")
    cells = [read_printed_text(texts[column], column, card.findings) for column in Column]
    return JoinedRow(card.findings, cells, card.origins)


def _read_functions(card: PrintedCard) -> tuple[list[str], list[str], list[str]]:
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


def _read_basis(card: PrintedCard) -> tuple[list[str], list[str]]:
    """The standards, and the legal requirements, that the card rests on."""
    standards: list[str] = [""]
    requirements = [card.join_text(CardItem.REQUIREMENT)]
    kept_texts: list[str] | None = standards
    for cells in card.list_rows(CardItem.BASIS):
        if _is_head(cells, BASIS_HEADS):
            kept_texts = None
            continue
        kind = normalize_title(cells[0])
        is_standard = kind.startswith(normalize_title(STANDARD_KIND))
        if is_standard or kind.startswith(normalize_title(REQUIREMENT_KIND)):
            kept_texts = standards if is_standard else requirements
            kept_texts.append("\n".join(cells if len(cells) == 1 else cells[1:]))
        elif len(cells) > 1:
            if cells[-1] not in _DASHES:
                card.findings.add("card.passed_over", before=" ".join(cells))
        elif kept_texts is not None:  # otherwise the head goes on
            kept_texts[-1] = f"{kept_texts[-1]}\n{cells[0]}".lstrip("\n")
    return _cut_kinds(standards), _cut_kinds(requirements)


def _cut_kinds(texts: list[str]) -> list[str]:
    """The texts behind the kinds of documents that they open with; a dash where none is left."""
    cut_texts = (_PRINTED_KIND.sub("", text, count=1) for text in texts)
    return [text for text in cut_texts if text not in _DASHES] or ["-"]


def _is_head(cells: tuple[str, ...], heads: tuple[str, str]) -> bool:
    """Whether the row is the head of an item's own table, or a cell of it alone."""
    text = normalize_title(" ".join(cells))
    if text in map(normalize_title, heads):
        return True
    return text.startswith(f"{normalize_title(heads[0])} ") and (
        normalize_title(heads[1].split()[0]) in text
    )


def read_registry_card(card: PrintedCard) -> RegistryCard | None:
    """What the card says beyond the form's columns; None where it says nothing of it."""
    activity, conditions = (
        None if (text := card.join_text(item)) in _DASHES else text
        for item in (CardItem.ACTIVITY, CardItem.CONDITIONS)
    )
    if activity is None and conditions is None:
        return None
    return RegistryCard(activity_type=activity, special_conditions=conditions)
