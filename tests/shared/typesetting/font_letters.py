"""Writes the list of printable letters anew: `python -m tests.shared.typesetting.font_letters`."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools.ttLib import TTFont

from shared import letters
from shared.typesetting.fonts import FONT_FOLDERS

FILE = Path(letters.__file__).with_suffix(".txt")
_LINE_ENDS_AND_TABS = (0x09, 0x0A, 0x0D)
_WITHOUT_SHAPE = (
    *(0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x2060, 0x2065)),
    *(*range(0xFE00, 0xFE0F), 0xFEFF, *range(0xE0100, 0xE01F0)),
)
"""What says how its neighbours are shaped or joined, and needs no font."""
_REFUSED = {
    *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # print others in another order
    *(0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800),  # letters that nobody sees
    *range(0xFFF9, 0xFFFE),  # annotations, objects; what was lost in another encoding
    *(*range(0x1F300, 0x1F700), *range(0x1F900, 0x1FB00), 0xFE0F),  # emoji, of which fonts have few
}
_REFUSED_CATEGORIES = {"Cc", "Co", "Cs"}
_PICTURE_FONTS = ("NotoEmoji", "Italic")


def list_font_letters() -> list[int]:
    """The code points that intake may accept, by the fonts' own tables."""
    files = [file for folder in FONT_FOLDERS for file in folder.glob("*.[ot]t[fc]")]
    codes = {*_LINE_ENDS_AND_TABS, *_WITHOUT_SHAPE}
    for file in files:
        if not any(name in file.name for name in _PICTURE_FONTS):
            with TTFont(file, lazy=True, fontNumber=0) as font:
                codes.update(
                    code
                    for code in font.getBestCmap()
                    if unicodedata.category(chr(code)) not in _REFUSED_CATEGORIES
                )
    return sorted(codes - _REFUSED)


def format_ranges(codes: Iterable[int]) -> str:
    """Ascending code points as lines of their first and last one in hexadecimal digits."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{first:x}-{last:x}\n" for first, last in ranges)


if __name__ == "__main__":
    FILE.write_text(format_ranges(list_font_letters()), "ascii")
