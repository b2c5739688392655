"""Cells of tables that spreadsheets open: none of them is evaluated as a formula."""

import re

_FORMULA_START = r"\s*[=+@\-＝＋＠－]\s*\S"
_FORMULA = re.compile(_FORMULA_START)
_GUARDED_CELL = re.compile(rf"'+{_FORMULA_START}")


def guard_cell(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would evaluate it."""
    return f"'{cell}" if _FORMULA.match(cell) or _GUARDED_CELL.match(cell) else cell


def unguard_cell(cell: str) -> str:
    """The cell without the apostrophe that `guard_cell` has put in front."""
    return cell[1:] if _GUARDED_CELL.match(cell) else cell
