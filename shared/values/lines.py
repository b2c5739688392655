"""Free lines and texts, and persons' names."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.values.pasted import clean_line, clean_paragraphs, find_control

MAX_LINE_LENGTH = 300
MAX_TEXT_LENGTH = 10_000
MAX_NAME_LENGTH = 100
NO_CONTROLS = r"^[^\p{Cc}]*$"
_NAME_WORD_PATTERN = r"['’‘ʻ]?\p{L}[\p{L}\p{M}'’‘ʻʼ`´.\u200c\u200d]*"
NAME_PATTERN = f"^{_NAME_WORD_PATTERN}([ -]{_NAME_WORD_PATTERN})*$"
"""Said in the document; what checks names is `check_person_name`, which tells the characters."""

_NAME_SIGNS = frozenset("'’‘ʻʼ`´.-\u200c\u200d ")
_OPENING_SIGNS = "'’‘ʻ"
_NAME_HYPHEN = re.compile(r"\s*[-\u2012-\u2015\u2212]\s*")
_WORD_LETTERS = re.compile(r"[^ .'’‘ʻʼ`´-]+")
_ROMAN_NUMERAL = re.compile(r"[IVXLCDM]+")
_LOOK_ALIKES = frozenset("aceijkopsuxyABCEHIKMOPSTXYавеијкорстухсАВСЕНІКМОРЅТХУі")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
"""Alphabets with letters that look alike: a word is written in one of them."""


def _clean_line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _clean_paragraphs(value: object) -> object:
    return clean_paragraphs(value) if isinstance(value, str) else value


def _clean_name(value: object) -> object:
    return _NAME_HYPHEN.sub("-", clean_line(value)) if isinstance(value, str) else value


def refuse_controls(text: str) -> str:
    """The text itself. Raises `PydanticCustomError` for a character that nothing can print."""
    code = find_control(text)
    if code is not None:
        raise PydanticCustomError(
            "text.control",
            "type this again: it has the control character {code}",
            {"code": code},
        )
    return text


def check_person_name(name: str) -> str:
    """The name itself. Raises `PydanticCustomError` that names the characters at fault.

    A name has letters of any alphabet, apostrophes and full stops, and between words a space or a
    hyphen. A word is of one alphabet: a Latin `a` in a Russian word is another name to a machine.
    """
    strange_signs = [char for char in name if not _is_name_character(char)]
    if strange_signs:
        raise PydanticCustomError(
            "name.characters",
            "a name has letters, apostrophes, full stops, spaces and hyphens; take out {signs}",
            {"signs": _list_signs(strange_signs)},
        )
    words = re.split("[ -]", name)
    if not all(word.lstrip(_OPENING_SIGNS)[:1].isalpha() for word in words):
        raise PydanticCustomError(
            "name.words", "every word of a name begins with a letter; a single name stands twice"
        )
    _refuse_mixed_alphabets(name)
    return name


def _is_name_character(character: str) -> bool:
    return character in _NAME_SIGNS or unicodedata.category(character)[0] in "LM"


def _list_signs(characters: list[str]) -> str:
    """The characters, each once, the first few: as they are, or by their codes."""
    shown = [
        f"«{char}»" if char.isprintable() else f"U+{ord(char):04X}"
        for char in dict.fromkeys(characters)
    ]
    return ", ".join(shown[:10])


def _refuse_mixed_alphabets(name: str) -> None:
    """Raises `PydanticCustomError` for letters of one alphabet within words of another."""
    words = [word for word in _WORD_LETTERS.findall(name) if not _ROMAN_NUMERAL.fullmatch(word)]
    alphabets = [_find_alphabet(char) for word in words for char in word]
    main_alphabet = max(_ALPHABETS, key=alphabets.count)
    for word in words:
        letters = [char for char in word if _find_alphabet(char) not in ("", main_alphabet)]
        is_whole = len(letters) == len(word)
        if letters and not (is_whole and not _LOOK_ALIKES.issuperset(letters)):
            raise PydanticCustomError(
                "name.alphabets",
                "write the word {word} in one alphabet: its letters {letters} are of another",
                {"word": f"«{word}»", "letters": _list_signs(letters)},
            )


def _find_alphabet(character: str) -> str:
    """Which alphabet with look-alikes the letter is of; blank for another."""
    name = unicodedata.name(character, "")
    return next((alphabet for alphabet in _ALPHABETS if name.startswith(alphabet)), "")


CleanLine = Annotated[str, BeforeValidator(_clean_line), AfterValidator(refuse_controls)]
"""A line of any length; who uses it bounds it."""

Line = Annotated[
    CleanLine,
    Field(min_length=1, max_length=MAX_LINE_LENGTH, json_schema_extra={"pattern": NO_CONTROLS}),
]
"""One line of text."""

FreeText = Annotated[
    str,
    BeforeValidator(_clean_paragraphs),
    AfterValidator(refuse_controls),
    Field(min_length=1, max_length=MAX_TEXT_LENGTH),
]
"""Text of one paragraph or several."""

PersonName = Annotated[
    str,
    BeforeValidator(_clean_name),
    AfterValidator(check_person_name),
    Field(
        min_length=1,
        max_length=MAX_NAME_LENGTH,
        description="a person's name: letters of any alphabet, between words a space or hyphen",
        examples=["Соколова"],
        json_schema_extra={"pattern": NAME_PATTERN},
    ),
]
"""A family name, a given name, a patronymic."""
