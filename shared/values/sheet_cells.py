"""Cells of tables that spreadsheets open: none of them is evaluated as a formula."""

import re

_FORMULA_START = r"\s*[=+@\-＝＋＠－]\s*\S"
_FORMULA = re.compile(_FORMULA_START)
_ERROR_VALUE = re.compile(r"#(?:[A-ZА-ЯЁ][A-ZА-ЯЁ_/0-9]*[!?]?|#+)")
_GUARDED_CELL = re.compile(rf"'+{_FORMULA_START}")


def guard_cell(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would evaluate it."""
    return f"'{cell}" if _FORMULA.match(cell) or _GUARDED_CELL.match(cell) else cell


def unguard_cell(cell: str) -> str:
    """The cell without the apostrophe that `guard_cell` has put in front."""
    return cell[1:] if _GUARDED_CELL.match(cell) else cell


def is_error_value(cell: str) -> bool:
    """Whether the text is what Excel shows where a formula failed, or a cell is too narrow."""
    return _ERROR_VALUE.fullmatch(cell.strip()) is not None
