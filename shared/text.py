"""Text in one form: as it is kept, and as it is compared and searched.

What two people print alike is alike here: this is the one place that says which characters are.
"""

import re
import unicodedata

_DASHES = re.compile(r"[\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]")
_HYPHENS = re.compile(r"[\u2010\u2011]")
_QUOTES = re.compile(r"[«»“”„‟‘’‚‛‹›′`´'\"]+")
_WORD = re.compile(r"[^\W\d_]+")
_WITHOUT_WIDTH = re.compile(r"[\u034f\u17b4\u17b5\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Marks that print nothing themselves: joiners, and choosers of a letter's variants."""
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})
_KEPT_CONTROLS = frozenset("\n\t\r\v\f\x1c\x1d\x1e\x85")
"""Control characters that set lines or words apart."""

_LATIN_TWINS, _CYRILLIC_TWINS = "abcehkmoptxy", "авсенкмортху"
"""Letters that look alike as capitals: in names without regard to case they are one letter."""
_GREEK_TO_LATIN = str.maketrans("αβεηκμορτχυ", "abehkmoptxy")
_FOLDED_LETTERS = _GREEK_TO_LATIN | str.maketrans("ёë", "ее")
_TO_CYRILLIC = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)
_PRINTED_TO_CYRILLIC = str.maketrans(
    "ABCEHKMOPTXYaceopxyËëΑΒΕΗΚΜΟΡΤΧορ", "АВСЕНКМОРТХУасеорхуЁёАВЕНКМОРТХор"
)
"""Letters that look alike as they are printed, capitals and small ones."""
_CYRILLIC_LETTER = re.compile(r"[а-яё]", re.IGNORECASE)
_FOREIGN_LETTER = re.compile(r"[a-zëα-ω]", re.IGNORECASE)
_LATIN_ONLY = re.compile(rf"(?![{_LATIN_TWINS}])[a-z]")
_CYRILLIC_ONLY = re.compile(rf"(?![{_CYRILLIC_TWINS}])[а-я]")


def normalize_characters(text: str) -> str:
    """The text as it is kept: composed characters, without those that cannot be seen.

    Nothing that a reader sees changes: hyphens that keep lines together are hyphens, and soft
    hyphens, characters without a width, unpaired surrogates and control characters are left out.
    """
    plain_text = _WITHOUT_WIDTH.sub("", _HYPHENS.sub("-", text))
    if plain_text.isascii() and plain_text.isprintable():
        return plain_text
    visible_text = "".join(
        character
        for character in plain_text
        if character in _KEPT_CONTROLS
        or unicodedata.category(character) not in _INVISIBLE_CATEGORIES
    )
    return unicodedata.normalize("NFC", visible_text)


def unmix_alphabets(text: str) -> str:
    """The text with Latin and Greek letters inside Cyrillic words as the Cyrillic ones like them.

    A word stays as it is if such a letter of it has no twin.
    """
    return _WORD.sub(_unmix_word, text)


def normalize_title(text: str) -> str:
    """The text in the form in which titles are compared and searched; never what is shown.

    Compatible characters are one (NFKC), and so are capitals and small letters, `ё` and `е`, all
    dashes, all quotation marks, runs of blanks and line ends, and letters that look alike in the
    Latin, the Cyrillic and the Greek alphabet. Soft hyphens, marks of stress and characters without
    a width are left out.
    """
    visible = normalize_characters(unicodedata.normalize("NFKC", text))
    folded_text = unicodedata.normalize("NFC", visible.casefold()).translate(_FOLDED_LETTERS)
    unstressed_text = "".join(char for char in folded_text if unicodedata.category(char) != "Mn")
    plain_text = _QUOTES.sub('"', _DASHES.sub("-", unstressed_text))
    return " ".join(_WORD.sub(_unify_word, plain_text).split())


def _unify_word(match: re.Match[str]) -> str:
    """A folded word in one alphabet: in Latin where only that has all its letters."""
    word = match[0]
    is_latin = _LATIN_ONLY.search(word) is not None and _CYRILLIC_ONLY.search(word) is None
    return word.translate(_TO_LATIN if is_latin else _TO_CYRILLIC)


def _unmix_word(match: re.Match[str]) -> str:
    """A word as `unmix_alphabets` has it."""
    word = match[0]
    if _CYRILLIC_LETTER.search(word) is None:
        return word
    cyrillic_word = word.translate(_PRINTED_TO_CYRILLIC)
    return word if _FOREIGN_LETTER.search(cyrillic_word) else cyrillic_word
