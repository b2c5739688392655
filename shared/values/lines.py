"""Free lines and texts, and persons' names."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from shared.values.pasted import clean_line, clean_paragraphs, find_control, strip_pasted

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
_LOOK_ALIKES = frozenset(
    "aceijkopsuxyABCEHIKMOPSTXYавеијкорстухсАВСЕНІКМОРЅТХУіαικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
)
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "FULLWIDTH")
"""Alphabets with letters that look alike: a word is written in one of them."""


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


def _clean_name(text: str) -> str:
    """The name as one line; one with a line end or tab inside is left to its check."""
    name = strip_pasted(text)
    has_line_end = any(char.isspace() and unicodedata.category(char) != "Zs" for char in name)
    return name if has_line_end else _NAME_HYPHEN.sub("-", clean_line(name))


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
    refuse_mixed_alphabets(name)
    return name


def _is_name_character(character: str) -> bool:
    return character in _NAME_SIGNS or unicodedata.category(character)[0] in "LM"


def _list_signs(characters: list[str]) -> str:
    """The characters, each once, the first few: as they are, or by their codes."""
    sign_texts = [
        f"«{char}»" if char.isprintable() else f"U+{ord(char):04X}"
        for char in dict.fromkeys(characters)
    ]
    return ", ".join(sign_texts[:10])


def refuse_mixed_alphabets(*names: str) -> None:
    """Raises `PydanticCustomError` for letters of one alphabet within words of another.

    Words of another alphabet alone are taken, unless each of their letters looks like one of the
    alphabet of the other words: `BACEHKO` beside Russian names is no English word.
    """
    words = [
        word
        for name in names
        for word in _WORD_LETTERS.findall(name)
        if not _ROMAN_NUMERAL.fullmatch(word)
    ]
    letters = [char for word in words for char in word]
    alphabets = list(map(_find_alphabet, letters))
    telling_alphabets = [_find_alphabet(char) for char in letters if char not in _LOOK_ALIKES]
    main_alphabet = max(
        _ALPHABETS, key=lambda name: (telling_alphabets.count(name), alphabets.count(name))
    )
    for word in words:
        other_letters = [char for char in word if _find_alphabet(char) not in ("", main_alphabet)]
        is_whole = len(other_letters) == len(word)
        if other_letters and not (is_whole and not _LOOK_ALIKES.issuperset(other_letters)):
            raise PydanticCustomError(
                "name.alphabets",
                "write the word {word} in one alphabet: its letters {letters} are of another",
                {"word": f"«{word}»", "letters": _list_signs(other_letters)},
            )


def _find_alphabet(character: str) -> str:
    """Which alphabet with look-alikes the letter is of; blank for another."""
    name = unicodedata.name(character, "")
    return next((alphabet for alphabet in _ALPHABETS if name.startswith(alphabet)), "")


@dataclass(frozen=True, slots=True)
class TextForm:
    """In `Annotated[str, ...]`: how a text is cleaned, checked and bounded.

    It takes the place of a form that stands before it, so that a kind can be bounded anew.
    """

    min_length: int = 1
    max_length: int = MAX_LINE_LENGTH
    clean: Callable[[str], str] = clean_line
    check: Callable[[str], str] = refuse_controls
    pattern: str | None = NO_CONTROLS

    def __get_pydantic_core_schema__(
        self,
        source_type: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """A text that is cleaned, then measured, then checked."""
        return core_schema.no_info_after_validator_function(
            self.check,
            core_schema.no_info_before_validator_function(self._clean_value, self._text_schema()),
        )

    def __get_pydantic_json_schema__(
        self,
        schema: core_schema.CoreSchema,
        handler: GetJsonSchemaHandler,
    ) -> dict[str, Any]:
        """The text with its bounds, and with its pattern where it has one."""
        pattern = {} if self.pattern is None else {"pattern": self.pattern}
        return {**handler(self._text_schema()), **pattern}

    def _text_schema(self) -> core_schema.StringSchema:
        return core_schema.str_schema(min_length=self.min_length, max_length=self.max_length)

    def _clean_value(self, value: object) -> object:
        return self.clean(value) if isinstance(value, str) else value


Line = Annotated[str, TextForm()]
"""One line of text."""

FreeText = Annotated[
    str, TextForm(max_length=MAX_TEXT_LENGTH, clean=clean_paragraphs, pattern=None)
]
"""Text of one paragraph or several."""

PersonName = Annotated[
    str,
    TextForm(
        max_length=MAX_NAME_LENGTH,
        clean=_clean_name,
        check=check_person_name,
        pattern=NAME_PATTERN,
    ),
    Field(
        description="a person's name: letters of any alphabet, between words a space or hyphen",
        examples=["Соколова"],
    ),
]
"""A family name, a given name, a patronymic."""
