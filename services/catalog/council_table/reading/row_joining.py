"""From rows as a file has them to one row of eleven cells for each qualification.

What is no row of the table (its title, repeated heads, drawn rules, signatures) is set aside. A row
begins a qualification if column 1 is filled, or columns 2 and 4 both are; every other row
continues the one above: page breaks cut rows in two, and tables list functions in rows of their
own. A continued cell goes on with

- no blank, where it was cut at a hyphen after a letter ("информационно-" + "справочному") or at a
  soft hyphen, which goes;
- a new line, where the piece opens a paragraph: with a capital, or an item's number before one,
  after text that did not stop at a comma, colon, dash or bracket;
- a blank otherwise.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.catalog.council_table.grammar.candidate import RegistryCard
from services.catalog.council_table.grammar.cells import (
    SOFT_HYPHEN,
    Origin,
    RawRow,
    RawTable,
    Remark,
    clean_cell,
    drop_page_numbers,
    has_markup,
    is_column_number_row,
    is_drawn_rule,
    strip_note_marks,
)
from services.catalog.council_table.grammar.column import COLUMN_COUNT, Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.reading.cell_placement import place_cells
from services.catalog.council_table.reading.head_columns import arrange_columns, find_name_places
from shared.text import normalize_title, unmix_alphabets
from shared.values.sheet_cells import is_error_value

_ROW_NUMBER = re.compile(r"\d{1,4}\.?|\d{2}\.\d{5}\.\d{2,4}")
_CUT_WORD = re.compile(r".*\w-", re.DOTALL)
_NUMBER_COLUMNS = frozenset({Column.REGISTRY_NUMBER, Column.LEVEL, Column.VALIDITY_TERM})
_LONGEST_NAME = 300
"""Characters of a column's name that are compared."""
_UNFINISHED_TEXT = re.compile(r".*[,;:(«–—-]", re.DOTALL)
_PARAGRAPH_OPENING = re.compile(r"[«(]?[A-ZА-ЯЁ]|(?:\d{1,2}\.)+ ?[A-ZА-ЯЁ]")


@dataclass
class JoinedRow:
    """A qualification's eleven clean cells, the rows that they came from, and their findings."""

    findings: Findings
    cells: list[str] = field(default_factory=lambda: [""] * COLUMN_COUNT)
    origins: list[Origin] = field(default_factory=list)

    @property
    def filled_columns(self) -> frozenset[Column]:
        """The columns that hold text so far."""
        return frozenset(column for column in Column if self.get_cell(column))

    def get_cell(self, column: Column) -> str:
        """The text of one of its cells."""
        return self.cells[column.index]


@dataclass(frozen=True)
class JoinedTable:
    """The qualifications' rows, the lines around them, and registry cards by row, from 1."""

    rows: tuple[JoinedRow, ...]
    outside_lines: tuple[str, ...]
    cards: Mapping[int, RegistryCard] = field(default_factory=dict)


def join_rows(table: RawTable, findings: Findings) -> JoinedTable:
    """Joins fragments into qualifications; `findings` takes what concerns the whole table."""
    outside_lines, table_rows = _split_prose_and_rows(arrange_columns(table.rows), findings)
    rows: list[JoinedRow] = []
    cells_above = [""] * COLUMN_COUNT
    page = None
    for row in table_rows:
        if all(is_drawn_rule(cell) for cell in row.cells if cell.strip()):
            if rows:
                rows[-1].findings.add("row.drawn_rule", place=row.origin)
            continue
        cells, row_findings = _to_eleven_cells(row, rows)
        is_first_of_sheet = table.has_sheets and row.origin.page != page
        page = row.origin.page
        if not rows or is_first_of_sheet or (cells and _starts_qualification(cells)):
            rows.append(JoinedRow(Findings(len(rows) + 1)))
            cells = _fill_merged_cells(cells, row, cells_above, rows[-1].findings)
        _append_fragment(rows[-1], cells, row.origin, row_findings)
        cells_above = list(rows[-1].cells)
    for joined_row in rows:
        joined_row.cells = [cell.removesuffix(SOFT_HYPHEN) for cell in joined_row.cells]
        if len(joined_row.origins) > 1:
            places = "; ".join(map(str, joined_row.origins))
            joined_row.findings.add("row.split", count=len(joined_row.origins), places=places)
    return JoinedTable(tuple(rows), outside_lines)


def join_cell_text(text_above: str, fragment: str, column: Column) -> str:
    """Joins the two parts of a cell by the module's rule; every line of column 5 is a code."""
    if not text_above or not fragment:
        return text_above or fragment
    if column is Column.FUNCTION_CODES:
        return f"{text_above}\n{fragment}"
    if text_above.endswith(SOFT_HYPHEN):
        return text_above.removesuffix(SOFT_HYPHEN) + fragment
    if _CUT_WORD.fullmatch(text_above):
        return text_above + fragment
    if _PARAGRAPH_OPENING.match(fragment) and not _UNFINISHED_TEXT.fullmatch(text_above):
        return f"{text_above}\n{fragment}"
    return f"{text_above} {fragment}"


def _split_prose_and_rows(
    raw_rows: tuple[RawRow, ...], findings: Findings
) -> tuple[tuple[str, ...], list[RawRow]]:
    """Splits a file's rows into the lines outside the table and the rows below its head."""
    outside_lines: list[str] = []
    rows: list[RawRow] = []
    head_count = 0
    column_names: set[tuple[str, ...]] = set()
    for row in raw_rows:
        texts = [clean_cell(cell) for cell in row.cells]
        filled_indexes = [index for index, text in enumerate(texts) if text]
        if not filled_indexes and not any(is_drawn_rule(cell) for cell in row.cells):
            continue
        if is_column_number_row(texts):
            head_count += 1
            if head_count == 1:
                column_names = set(map(_normalize_row, rows))  # above their numbers
                rows.clear()
            else:
                findings.add("table.head_repeated", place=row.origin)
        elif filled_indexes == [0] and not _ROW_NUMBER.fullmatch(texts[0]):
            outside_lines.append(texts[0])
        else:
            rows.append(row)
    if not head_count:
        data_rows = _drop_column_names(rows)
        column_names = set(map(_normalize_row, rows[: len(rows) - len(data_rows)]))
        rows = data_rows
        findings.add("table.no_head")
    return tuple(outside_lines), _drop_repeated_names(rows, column_names, findings)


def _drop_repeated_names(
    rows: list[RawRow], column_names: set[tuple[str, ...]], findings: Findings
) -> list[RawRow]:
    """The rows without those that say the columns' names again, as every page of a table may."""
    remaining_rows: list[RawRow] = []
    for row in rows:
        if _normalize_row(row) in column_names or find_name_places(row.cells) is not None:
            findings.add("table.head_repeated", place=row.origin)
        else:
            remaining_rows.append(row)
    return remaining_rows


def _normalize_row(row: RawRow) -> tuple[str, ...]:
    """The beginnings of the row's texts as titles are compared."""
    return tuple(normalize_title(clean_cell(cell[:_LONGEST_NAME])) for cell in row.cells)


def _drop_column_names(rows: list[RawRow]) -> list[RawRow]:
    """The rows from the first that bears a number on; all rows if none does."""
    for index, row in enumerate(rows):
        if _ROW_NUMBER.fullmatch(clean_cell(row.cells[0])):
            return rows[index:]
    return rows


def _starts_qualification(cells: tuple[str, ...]) -> bool:
    """Whether a row of eleven cells begins a qualification, by the module's rule."""
    number, name, level = (
        cells[column.index] for column in (Column.REGISTRY_NUMBER, Column.NAME, Column.LEVEL)
    )
    return bool(number or (name and level))


def _to_eleven_cells(row: RawRow, joined_rows: list[JoinedRow]) -> tuple[tuple[str, ...], Findings]:
    """The row's eleven clean cells and its findings; no cells where they cannot be placed."""
    texts, page_numbers = zip(*map(drop_page_numbers, row.cells), strict=True)
    cells = tuple(map(clean_cell, texts))
    placed_cells = place_cells(
        cells,
        joined_rows[-1].filled_columns if joined_rows and not cells[0] else None,
        may_lack_blanks=row.may_lack_blanks,
    )
    findings = Findings()
    origin, count = row.origin, len(cells)
    for page_number in itertools.chain.from_iterable(page_numbers):
        findings.add("table.header", before=page_number, place=origin)
    if placed_cells is None:
        findings.add("row.width", before=" | ".join(cells), place=origin, count=count)
        report_remarks(row.remarks, findings)
        return (), findings
    if count < COLUMN_COUNT:
        findings.add(
            "row.lost_cells",
            before=" | ".join(cells),
            after=" | ".join(placed_cells),
            place=origin,
            count=count,
        )
    _report_markup(row.cells, placed_cells, findings)
    for column in sorted(row.merged_left):
        findings.add("cell.merged_left", Column(min(column, COLUMN_COUNT)))
    for column in sorted(row.formula_columns):
        findings.add("cell.formula", Column(min(column, COLUMN_COUNT)))
    report_remarks(filter(_concerns_form, row.remarks), findings)
    return tuple(
        read_printed_text(text, column, findings)
        for column, text in zip(Column, placed_cells, strict=True)
    ), findings


def _concerns_form(remark: Remark) -> bool:
    """Whether a remark is one in a row of the form, in some of whose columns numbers belong."""
    return remark.rule != "cell.number" or remark.column not in _NUMBER_COLUMNS


def report_remarks(
    remarks: Iterable[Remark], findings: Findings, card_column: Column | None = None
) -> None:
    """Records what a reader remarked as findings, each with the text that it is about.

    In a card, whose columns are not the form's, all are about its `card_column`.
    """
    for remark in remarks:
        column = card_column
        if column is None and remark.column is not None:
            column = Column(min(remark.column, COLUMN_COUNT))
        findings.add(remark.rule, column, before=remark.text, place=remark.place)


def read_printed_text(text: str, column: Column, findings: Findings) -> str:
    """A clean cell's text without marks of footnotes and foreign letters, each with a finding.

    Empty, with an error, where it is what Excel shows instead of a value.
    """
    if is_error_value(text):
        findings.add("cell.error", column, before=text)
        return ""
    plain_text, marks = strip_note_marks(text)
    if marks:
        findings.add("text.note_mark", column, before=text, after=plain_text)
    if column is Column.FUNCTION_CODES:
        return plain_text
    unmixed_text = unmix_alphabets(plain_text)
    if unmixed_text != plain_text:
        findings.add("cell.look_alike", column, before=plain_text, after=unmixed_text)
    return unmixed_text


def _report_markup(
    source_cells: tuple[str, ...], placed_cells: tuple[str, ...], findings: Findings
) -> None:
    """Records left-over markup as a finding of the column in which the cell was placed."""
    filled_sources = iter(source for source in source_cells if clean_cell(source))
    for column, text in zip(Column, placed_cells, strict=True):
        source = next(filled_sources, "") if text else ""
        if has_markup(source):
            findings.add("cell.markup", column, before=source, after=text)


def _fill_merged_cells(
    cells: tuple[str, ...], row: RawRow, cells_above: list[str], findings: Findings
) -> tuple[str, ...]:
    """The cells, where a cell is merged with the one above filled from the qualification above."""
    filled_cells = list(cells)
    for column in Column if cells else ():
        text_above = cells_above[column.index]
        if column in row.merged_above and not cells[column.index] and text_above:
            filled_cells[column.index] = text_above
            findings.add("cell.merged_above", column, after=text_above)
    return tuple(filled_cells)


def _append_fragment(
    joined_row: JoinedRow, cells: tuple[str, ...], origin: Origin, fragment_findings: Findings
) -> None:
    """Joins a fragment's cells, origin and findings to the qualification that it belongs to."""
    joined_row.origins.append(origin)
    joined_row.findings.add_all(fragment_findings)
    for column, text in zip(Column, cells, strict=False):  # no cells where none could be placed
        joined_row.cells[column.index] = join_cell_text(joined_row.get_cell(column), text, column)
