"""Text as it is taken in: without what came along when it was typed or pasted."""

import re
import unicodedata

_INVISIBLE_LETTERS = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Letters and marks that are never seen (Default_Ignorable_Code_Point), beside formats (Cf)."""

_JOINERS = frozenset("\u200c\u200d")
_VIRAMA_CLASS = 9
_ARABIC_CLASSES = {"AL", "NSM"}
_HYPHENS = re.compile(r"[\u2010\u2011]")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_LINE_END = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_NUMBER_SIGN = re.compile(r"(?<!\w)(?:№\s*|N[oо]?(?:\.\s*|\s+))(?=\d)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_SURROUNDINGS = "".join(
    character
    for character in map(chr, range(0x10000))
    if character.isspace() or unicodedata.category(character) == "Cf"
)


def strip_pasted(text: str) -> str:
    """The text without blanks around it, also those that have no width or do not break."""
    return text.strip(_SURROUNDINGS)


def clean_line(text: str) -> str:
    """One line: composed characters, one blank between words, and nothing that cannot be seen.

    Line ends and tabs inside are blanks. Joiners stay where scripts need them (RFC 5892, A.1, A.2).
    """
    return " ".join(_compose(text).split())


def clean_paragraphs(text: str) -> str:
    """A text of several lines: the same of each of them, but for the blanks inside."""
    lines = unify_line_ends(_compose(text)).split("\n")
    return strip_pasted("\n".join(line.rstrip() for line in lines))


def unify_line_ends(text: str) -> str:
    """The text with a line feed for every line end, also those of office programs."""
    return _LINE_END.sub("\n", text)


def clean_code(text: str) -> str:
    """A number or code: without blanks and `№`, with digits and hyphens of ASCII."""
    composed = unicodedata.normalize("NFKC", _compose(text.replace("№", "")))
    digits = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in _DASHES.sub("-", composed)
    )
    return unicodedata.normalize("NFC", "".join(digits.split()))  # a mark may follow its letter now


def drop_number_sign(text: str) -> str:
    """The text without `№` before digits, or the `N` and `No.` of who has no such key.

    An `N` that touches the digits may be of the number itself, and stays.
    """
    return _NUMBER_SIGN.sub("", text)


def find_control(text: str) -> str | None:
    """The first control character, as `U+0007`, which no document can print; None without one."""
    match = _CONTROL.search(text)
    return f"U+{ord(match[0]):04X}" if match else None


def _compose(text: str) -> str:
    """Composed characters (NFC), without those that are not seen."""
    if text.isascii():
        return text
    plain_text = _HYPHENS.sub("-", text)
    visible_text = "".join(
        character
        for place, character in enumerate(plain_text)
        if not _is_invisible(character) or _joins(plain_text, place)
    )
    return unicodedata.normalize("NFC", visible_text)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in _INVISIBLE_LETTERS


def _joins(text: str, place: int) -> bool:
    """Whether the character there joins or parts letters of a script that is written so."""
    if text[place] not in _JOINERS or not 0 < place < len(text) - 1:
        return False
    earlier, later = text[place - 1], text[place + 1]
    is_arabic = all(
        unicodedata.bidirectional(letter) in ("AL", "NSM") for letter in earlier + later
    )
    return is_arabic or unicodedata.combining(earlier) == _VIRAMA_CLASS
