"""People's names: their words in the form in which they are compared and searched, and in short.

Two words are spelt the same when they differ only in upper and lower case, ё and е, composed and
decomposed characters, marks of stress, apostrophes, characters that cannot be seen, and letters
that look alike in the Latin and the Cyrillic alphabet. Whether two names are one person's says
`shared.person_likeness`.
"""

import re
import unicodedata

_TOKEN = re.compile(r"([^\s.]+)(\.?)")
_APOSTROPHES = "'’‘ʼʹʺʻʽ`´′″\"”“"
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Mn", "Me"}
"""Control and format characters such as the soft hyphen; loose accents."""
_LATIN_LOOK_ALIKES = "abcehijkmopstxyë"
_CYRILLIC_LOOK_ALIKES = "авсеніјкморѕтхуе"
_TO_ONE_SPELLING = str.maketrans(_LATIN_LOOK_ALIKES + "ё", _CYRILLIC_LOOK_ALIKES + "е")


def list_name_words(*parts: str | None) -> list[str]:
    """The words of a name or of its parts in the form in which they are compared, in their order.

    The two halves of a double name are two words. Absent parts have none.
    """
    tokens = (token for part in parts if part is not None for token, _ in split_name(part))
    return [unify_spelling(token) for token in tokens]


def split_name(name: str) -> list[tuple[str, bool]]:
    """The words of a name as they are written, and whether a full stop ends each.

    Apostrophes and characters that cannot be seen are left out; any other sign divides words.
    """
    composed_name = unicodedata.normalize("NFKC", name)
    visible_name = "".join(
        " " if _divides_words(character) else character
        for character in composed_name
        if character not in _APOSTROPHES
        and (character.isspace() or unicodedata.category(character) not in _INVISIBLE_CATEGORIES)
    )
    return [(match[1], match[2] != "") for match in _TOKEN.finditer(visible_name)]


def _divides_words(character: str) -> bool:
    """Whether it is punctuation or a symbol; a full stop is kept, which may shorten a word."""
    return character != "." and unicodedata.category(character)[0] in "PS"


def unify_spelling(word: str) -> str:
    """A word of a name in the form in which it is compared."""
    return fold_case(word).translate(_TO_ONE_SPELLING)


def fold_case(word: str) -> str:
    """A word in small letters, composed, without loose accents."""
    folded_word = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return "".join(char for char in folded_word if unicodedata.category(char) != "Mn")


def join_name(family_name: str, given_name: str, patronymic: str | None) -> str:
    """The parts of a name in one line."""
    return " ".join(filter(None, (family_name, given_name, patronymic)))


def shorten_person_name(
    family_name: str | None, given_name: str | None, patronymic: str | None
) -> str:
    """A name for a list, with initials: `Белова А. И.`; without a family name blank."""
    if family_name is None:
        return ""
    initials = [f"{name[0]}." for name in (given_name, patronymic) if name]
    return "\u00a0".join([family_name, *initials])
