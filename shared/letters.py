"""Which characters can be printed: intake refuses the others, so that every document prints.

The list beside this file is what the fonts of `shared.typesetting` have, which come with every
installation. It is made of them anew by `python -m tests.shared.typesetting.font_letters`.
"""

import unicodedata
from bisect import bisect_right
from pathlib import Path

_RANGES = [
    tuple(int(end, 16) for end in line.split("-"))
    for line in (Path(__file__).parent / "letters.txt").read_text("ascii").splitlines()
]
_STARTS = [first for first, _ in _RANGES]
_MAX_PILED_MARKS = 6
"""So many marks stand on one letter in living scripts; a longer pile leaves its line."""
_MAX_DESCRIBED = 10


def find_unprintable(text: str) -> list[str]:
    """The characters of a text that cannot be printed, each once, in their order.

    Those are what no font has, such as emoji; control and private characters; marks of direction
    that make others print in another order; marks piled on one letter.
    """
    if text.isascii() and text.isprintable():
        return []
    letters = list(dict.fromkeys(text))
    missing_letters = [letter for letter in letters if not _is_in_fonts(letter)]
    if missing_letters or not any(map(_is_mark, letters)):
        return missing_letters
    return _find_piled_marks(text)


def describe_letters(letters: list[str]) -> str:
    """Characters as a person finds them again: `王 (U+738B)`, and those without a shape by code."""
    codes = [f"U+{ord(letter):04X}" for letter in letters]
    descriptions = [
        f"{letter} ({code})" if letter.isprintable() and not _is_mark(letter) else code
        for letter, code in zip(letters, codes, strict=True)
    ]
    ellipsis = ["…"] if len(descriptions) > _MAX_DESCRIBED else []
    return ", ".join(descriptions[:_MAX_DESCRIBED] + ellipsis)


def _is_in_fonts(letter: str) -> bool:
    code = ord(letter)
    index = bisect_right(_STARTS, code) - 1
    return index >= 0 and code <= _RANGES[index][1]


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"


def _find_piled_marks(text: str) -> list[str]:
    """The marks beyond those that one letter bears."""
    piled_marks, height = [], 0
    for letter in unicodedata.normalize("NFC", text):
        height = height + 1 if _is_mark(letter) else 0
        if height > _MAX_PILED_MARKS:
            piled_marks.append(letter)
    return list(dict.fromkeys(piled_marks))
