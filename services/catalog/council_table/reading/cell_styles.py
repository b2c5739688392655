"""How cells of a workbook look, as far as it decides what is read."""

from dataclasses import dataclass
from typing import Any

from services.catalog.council_table.reading.docx_formats import PALE, is_set
from services.catalog.council_table.reading.number_formats import BUILT_IN_FORMATS, UNKNOWN_FORMAT

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_WHITE_THEME, _WHITE_INDEXES = "0", frozenset({"1", "9"})
_LEAST_POINTS = 1.5
"""Smaller text is a line to the eye, and is used to hide it."""


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How a cell looks, as far as it decides what is read."""

    number_format: str = "General"
    is_struck: bool = False
    is_unseen: bool = False
    has_fill: bool = False


def read_styles(styles: Any, decode: Any) -> list[CellStyle]:
    """The styles of cells by their numbers; `decode` reads the escapes of a format's text."""
    formats: dict[int, str] = dict(BUILT_IN_FORMATS)
    for element in styles.iterfind(f"{S}numFmts/{S}numFmt"):
        formats[int(element.get("numFmtId", "0"))] = decode(element.get("formatCode", ""))
    fonts = list(styles.iterfind(f"{S}fonts/{S}font"))
    fills = [_is_filled(fill) for fill in styles.iterfind(f"{S}fills/{S}fill")]
    cell_styles: list[CellStyle] = []
    for element in styles.iterfind(f"{S}cellXfs/{S}xf"):
        font_number, fill_number = (int(element.get(name, "0")) for name in ("fontId", "fillId"))
        font = fonts[font_number] if 0 <= font_number < len(fonts) else None
        has_fill = 0 <= fill_number < len(fills) and fills[fill_number]
        cell_styles.append(
            CellStyle(
                formats.get(int(element.get("numFmtId", "0")), UNKNOWN_FORMAT),
                is_struck(font),
                is_unseen(font, has_fill=has_fill),
                has_fill,
            )
        )
    return cell_styles


def is_struck(font: Any | None) -> bool:
    """Whether a font strikes text out."""
    strike = font.find(f"{S}strike") if font is not None else None
    return strike is not None and is_set(strike.get("val"))


def is_unseen(font: Any | None, *, has_fill: bool) -> bool:
    """Whether a font's text cannot be seen: white on white, or too small to be letters."""
    if font is None:
        return False
    color, size = font.find(f"{S}color"), font.find(f"{S}sz")
    is_tiny = size is not None and float(size.get("val", "11")) < _LEAST_POINTS
    return is_tiny or (color is not None and _is_white(color) and not has_fill)


def _is_white(color: Any) -> bool:
    """Whether a colour is white, or so pale that paper shows nothing of it."""
    if color.get("rgb") is not None:
        return PALE.fullmatch(color.get("rgb")[-6:]) is not None
    is_darkened = float(color.get("tint", "0")) < 0
    return (color.get("theme") == _WHITE_THEME and not is_darkened) or (
        color.get("indexed") in _WHITE_INDEXES
    )


def _is_filled(fill: Any) -> bool:
    """Whether a fill is something that white text can be seen on."""
    pattern = fill.find(f"{S}patternFill")
    if pattern is None:
        return len(fill) > 0  # a gradient
    kind = pattern.get("patternType", "none")
    color = pattern.find(f"{S}fgColor")
    return kind != "none" and not (kind == "solid" and color is not None and _is_white(color))
