"""A table as its file has it: rows of text cells, each row with its origin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.catalog.council_table.grammar.limits import Limits, TableTooLarge

WIDTH = 11
"""The form's columns."""


@dataclass(frozen=True)
class Origin:
    """Where a row stands in the file, counted from 1.

    `page` is the page of a text, the sheet of a workbook, and None where the file has neither;
    `line` is the row or line in the file or sheet.
    """

    page: int | None
    line: int

    def __str__(self) -> str:
        """`page:line`, or the line alone."""
        return str(self.line) if self.page is None else f"{self.page}:{self.line}"


@dataclass(frozen=True)
class RawRow:
    """A row as the file has it; it may be a fragment, or a line of text outside the table.

    Paragraphs in a cell are set apart by LF. The sets name columns from 1.
    """

    cells: tuple[str, ...]
    origin: Origin
    continued: frozenset[int] = frozenset()
    """Merged with the cell above."""
    covered: frozenset[int] = frozenset()
    """Merged with the cell to the left."""
    formulas: frozenset[int] = frozenset()
    """Holding a formula: it is never evaluated, and the cell reads as empty."""


@dataclass(frozen=True)
class RawTable:
    """All rows of a file. `charset` is what was detected, None where the file says its own."""

    rows: tuple[RawRow, ...]
    charset: str | None = None


class Counter:
    """Counts rows, cells and lengths against the limits while a reader goes along."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rows = 0
        self._cells = 0

    def checked(self, cells: Iterable[str]) -> tuple[str, ...]:
        """The same cells of one more row. Raises `TableTooLarge`."""
        row = tuple(cells)
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


_PARAGRAPH = re.compile(r"</?(?:p|br)\s*/?>", re.IGNORECASE)
_RULE = re.compile(r"[-–—_]{2,}")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


def clean(text: str) -> str:
    """A cell without markup: paragraphs become lines, runs of blanks one, lines are trimmed."""
    text = _LINE_ENDS.sub("\n", _PARAGRAPH.sub("\n", text)).replace("\u00ad", "")
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not _RULE.fullmatch(line))


def one_line(text: str) -> str:
    """The text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def has_markup(text: str) -> bool:
    """Whether markup of an extraction is left in the cell."""
    return _PARAGRAPH.search(text) is not None


def is_rule(text: str) -> bool:
    """Whether the cell holds nothing but a drawn rule such as `--`."""
    return _RULE.fullmatch(text.strip()) is not None
