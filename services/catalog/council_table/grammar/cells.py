"""A table as its file has it: rows of text cells, each row with its origin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.catalog.council_table.grammar.limits import TableLimits, TableTooLarge
from shared.text import normalize_characters

SOFT_HYPHEN = "\u00ad"
"""Where a word may be cut; at the end of a line it is printed, and the word goes on below."""
_CUT_LINE = re.compile(r"\u00ad\s+(?=\S)")
_SIGNS = dict.fromkeys(map(ord, "\uf0a7\uf0a8\uf0b7\uf0d8\uf0fc\uf02d"), "•") | {
    0x202D: "\ufffd",
    0x202E: "\ufffd",
}
"""Bullets of the fonts Symbol and Wingdings: private characters, which no other font has. What
turns text around, so that it is printed otherwise than it is written, cannot be printed."""


@dataclass(frozen=True)
class Origin:
    """The place of a row in the file, counted from 1.

    `page` is the page of a text, the sheet of a workbook, and None where the file has neither;
    `line` is the row or line in the file or sheet.
    """

    page: int | None
    line: int

    def __str__(self) -> str:
        """`page:line`, or the line alone."""
        return str(self.line) if self.page is None else f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Remark:
    """What a reader tells about a row or a file: a rule of `grammar.rules`, and its place.

    `text` is what was passed over or is otherwise than it looks; `column` is counted from 1, None
    where it is about more than one; `place` is the row, sheet or part of the file.
    """

    rule: str
    text: str
    place: str
    column: int | None = None


@dataclass(frozen=True)
class RawRow:
    """A row as the file has it; it may be a fragment, or a line of text outside the table.

    Paragraphs in a cell are set apart by LF. The sets hold column numbers, counted from 1.
    """

    cells: tuple[str, ...]
    origin: Origin
    merged_above: frozenset[int] = frozenset()
    """Merged with the cell above."""
    merged_left: frozenset[int] = frozenset()
    """Merged with the cell to the left."""
    formula_columns: frozenset[int] = frozenset()
    """Holding a formula: it is never evaluated, and the cell reads as empty."""
    remarks: tuple[Remark, ...] = ()
    """What stands in the row and is not among its cells' text, or not as the text says."""
    may_lack_blanks: bool = False
    """Of an extraction that loses empty cells: those of a file with a grid are never lost."""


@dataclass(frozen=True)
class RawTable:
    """All rows of a file.

    `charset` is the one that was detected, None where the file itself states it. `remarks` are
    about what was passed over outside the rows. Where `has_sheets`, no row goes on on a later page.
    """

    rows: tuple[RawRow, ...]
    charset: str | None = None
    remarks: tuple[Remark, ...] = ()
    has_sheets: bool = False


def _keep_cell(text: str) -> str:
    """A cell's text as it is kept: a word that a soft hyphen cut at the end of a line is whole.

    One that is cut at the end of the cell keeps the hyphen, for the next page may go on with it.
    """
    whole_text = _CUT_LINE.sub("", text).translate(_SIGNS)
    is_cut = whole_text.rstrip().endswith(SOFT_HYPHEN)
    return normalize_characters(whole_text) + (SOFT_HYPHEN if is_cut else "")


class TableSizeCounter:
    """Counts a file's rows, cells and cell lengths against the limits while it is read."""

    def __init__(self, limits: TableLimits) -> None:
        self._limits = limits
        self._rows = 0
        self._cells = 0

    def count_row(self, cells: Iterable[str]) -> tuple[str, ...]:
        """Counts one more row and returns its cells as they are kept. Raises `TableTooLarge`."""
        row = tuple(map(_keep_cell, cells))
        limits = self._limits
        self._rows += 1
        self._cells += len(row)
        if self._rows > limits.rows:
            raise TableTooLarge("table.rows", f"A table may have at most {limits.rows} rows.")
        if self._cells > limits.cells:
            raise TableTooLarge("table.cells", f"A table may have at most {limits.cells} cells.")
        if any(len(cell) > limits.cell_length for cell in row):
            raise TableTooLarge(
                "table.cell_length",
                f"A cell may have at most {limits.cell_length} characters; "
                f"one in row {self._rows} has more.",
            )
        return row


_COLUMN_NUMBER = re.compile(r"(\d{1,2})\.?")
_NOTE_MARK = re.compile(r"[\d*†‡¹²³⁰⁴-⁹,;()\s]{1,6}")
_RAISED_NOTE_MARK = re.compile(r"(?<=\S)(?<!\b[мМ])(?<!\b[скмд]м)(?:[¹²³⁰⁴-⁹]+\)?|\*{1,3}(?=\s|$))")
"""A footnote's mark in plain text; behind a unit of length it is a power."""
_LENGTH_UNIT = re.compile(r".*\b[скмд]?м", re.DOTALL | re.IGNORECASE)
_PARAGRAPH_TAG = re.compile(r"</?(?:p|br)\s*/?>", re.IGNORECASE)
_DRAWN_RULE = re.compile(r"[-–—_]{2,}")
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-–—] *)?(?:(?:страница|стр\.) *)?\d{1,4}(?: из \d{1,4})?(?: *[-–—])?\s*", re.IGNORECASE
)
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


def clean_cell(text: str) -> str:
    """The cell's text without markup: paragraphs as lines, runs of blanks as one, lines trimmed.

    Lines that are only a drawn rule (`--`) and empty lines are left out.
    """
    text = _LINE_ENDS.sub("\n", _PARAGRAPH_TAG.sub("\n", text))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not _DRAWN_RULE.fullmatch(line))


def is_page_number(line: str) -> bool:
    """Whether the line may be the number of a page, where it stands alone: `12`, `— 12 —`."""
    return _PAGE_NUMBER.fullmatch(line) is not None


def drop_page_numbers(text: str) -> tuple[str, tuple[str, ...]]:
    """A cell's text without the numbers of pages that empty lines set off, and those numbers.

    A cell of nothing else keeps them.
    """
    lines = _LINE_ENDS.sub("\n", text).split("\n")
    is_empty = [True, *(not line.strip() for line in lines), True]
    numbers = {
        place
        for place, line in enumerate(lines)
        if is_empty[place] and is_empty[place + 2] and is_page_number(line)
    }
    remaining_lines = [line for place, line in enumerate(lines) if place not in numbers]
    if not any(map(str.strip, remaining_lines)):
        return text, ()
    return "\n".join(remaining_lines), tuple(lines[place].strip() for place in sorted(numbers))


def to_one_line(text: str) -> str:
    """The text on one line: every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def has_markup(text: str) -> bool:
    """Whether the cell still holds paragraph tags of an extraction."""
    return _PARAGRAPH_TAG.search(text) is not None


def is_drawn_rule(text: str) -> bool:
    """Whether the cell holds nothing but a drawn rule such as `--`."""
    return _DRAWN_RULE.fullmatch(text.strip()) is not None


def is_column_number_row(texts: list[str]) -> bool:
    """Whether the cells are the form's row of column numbers: 1, 2, 3 and so on."""
    matches = [_COLUMN_NUMBER.fullmatch(text) for text in texts]
    return len(texts) > 1 and all(
        match is not None and int(match[1]) == column for column, match in enumerate(matches, 1)
    )


def is_note_mark(raised_text: str, text_before: str) -> bool:
    """Whether a raised text is the mark of a footnote, not a part of what stands before it."""
    return (
        bool(text_before.strip())
        and _NOTE_MARK.fullmatch(raised_text) is not None
        and not _LENGTH_UNIT.fullmatch(text_before)
    )


def strip_note_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the marks of footnotes that its characters show, and those marks."""
    return _RAISED_NOTE_MARK.sub("", text), tuple(_RAISED_NOTE_MARK.findall(text))
