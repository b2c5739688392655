"""A table as its file has it: rows of text cells, each row with its origin."""

import re
from dataclasses import dataclass

from services.catalog.tables.limits import Limits, TableTooLarge

WIDTH = 11
"""The form's columns."""


@dataclass(frozen=True)
class Origin:
    """Where a row stands in the file: page or sheet, and line or row in it, both from 1.

    `page` is None where the format has no pages of its own (DOCX, CSV).
    """

    page: int | None
    line: int


@dataclass(frozen=True)
class RawRow:
    """A row as the file has it; it may be a fragment. Paragraphs in a cell are set apart by LF.

    `continued` are the columns (from 1) whose cell is merged with the cell above; `formulas` those
    that hold a formula, which is never evaluated and reads as empty.
    """

    cells: tuple[str, ...]
    origin: Origin
    continued: frozenset[int] = frozenset()
    formulas: frozenset[int] = frozenset()
    widened: frozenset[int] = frozenset()
    """Columns whose cell spans the next ones too."""


@dataclass(frozen=True)
class RawTable:
    """All rows of a file, with the lines of text outside the table."""

    rows: tuple[RawRow, ...]
    outside: tuple[str, ...] = ()
    charset: str | None = None
    """The charset that was detected; None where the file says its own."""


@dataclass
class Counted:
    """Counts rows, cells and lengths against the limits while a reader goes along."""

    limits: Limits
    rows: int = 0
    cells: int = 0

    def row(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """The same cells. Raises `TableTooLarge`."""
        self.rows += 1
        self.cells += len(cells)
        if self.rows > self.limits.rows:
            raise TableTooLarge("table.rows", f"A table may have at most {self.limits.rows} rows.")
        if self.cells > self.limits.cells:
            raise TableTooLarge(
                "table.cells", f"A table may have at most {self.limits.cells} cells."
            )
        if any(len(cell) > self.limits.cell_length for cell in cells):
            raise TableTooLarge(
                "table.cell_length",
                f"A cell may have at most {self.limits.cell_length} characters; "
                f"a cell of row {self.rows} has more.",
            )
        return cells


_PARAGRAPH = re.compile(r"</?(?:p|br)\s*/?>", re.IGNORECASE)
_RULE = re.compile(r"[-–—_]{2,}")
_SPACES = re.compile(r"[^\S\n]+")


def clean(text: str) -> str:
    """A cell without markup: paragraphs become lines, runs of blanks one, lines are trimmed."""
    text = _PARAGRAPH.sub("\n", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not _RULE.fullmatch(line))


def has_markup(text: str) -> bool:
    """Whether markup of an extraction is left in the cell."""
    return _PARAGRAPH.search(text) is not None


def is_rule(text: str) -> bool:
    """Whether the cell holds nothing but a drawn rule such as `--`."""
    return _RULE.fullmatch(text.strip()) is not None
