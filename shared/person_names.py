"""People's names in the form in which they are compared: one normaliser for all services.

Two spellings are the same name when they differ only in

- upper and lower case, ё and е, composed and decomposed characters, marks of stress;
- blanks, hyphens and dashes, full stops and commas: `А.Зайцева` is `А. Зайцева`;
- the apostrophe's character, and characters that cannot be seen;
- letters that look alike in the Latin and the Cyrillic alphabet, in small letters or capitals;
- in a line that holds a whole name: whether the surname stands first or last.

Not decided here, since it cannot be told from the letters:

- whether initials stand for a full name: `А. Зайцева` may be Анна or Алла, and equals neither;
- whether a name without the patronymic is that of somebody with one;
- transliterations (`Zaitseva`), translations and short forms (`Аня`), former surnames, digits
  typed for letters, spelling mistakes;
- whether two people of the same name are one person.

There a person must confirm.
"""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s.,_\-\u2010-\u2015\u2212\u00b7]+")
_INVISIBLE_CATEGORIES = {"Cf", "Mn"}  # format characters such as the soft hyphen; loose accents
_LATIN_LOOK_ALIKES = "abcehijkmopstxyë"
_CYRILLIC_LOOK_ALIKES = "авсеніјкморѕтхуе"
_REPLACEMENTS = str.maketrans(
    _LATIN_LOOK_ALIKES + "ё’‘ʼ`´′",
    _CYRILLIC_LOOK_ALIKES + "е''''''",
)


def normalize_person_name(name: str) -> str:
    """A whole name in one line, such as `Зайцева А. П.`, in the form in which it is compared.

    The same for the surname first or last; the order of initials counts: `А. Б. Зайцев` is not
    `Б. А. Зайцев`. Empty when there is no letter or digit in the name.
    """
    words = _normalize_words(name)
    rotations = (words[start:] + words[:start] for start in range(len(words)))
    return " ".join(min(rotations, default=[]))


def is_same_person_name(name: str, other_name: str) -> bool:
    """Whether two lines with a whole name are the same name. Two empty ones are not."""
    normalized_name = normalize_person_name(name)
    return normalized_name != "" and normalized_name == normalize_person_name(other_name)


def normalize_name_parts(
    family_name: str, given_name: str, patronymic: str | None
) -> tuple[str, str, str]:
    """The parts of a name in the form in which they are compared, an absent patronymic as `""`.

    Unlike in a line, the parts do not change places.
    """
    parts = (family_name, given_name, patronymic or "")
    family_words, given_words, patronymic_words = map(_normalize_words, parts)
    return " ".join(family_words), " ".join(given_words), " ".join(patronymic_words)


def list_name_words(*parts: str | None) -> list[str]:
    """The words of a name or of its parts in the form in which they are compared, in their order.

    The two halves of a double name are two words. Absent parts have none.
    """
    return [word for part in parts if part is not None for word in _normalize_words(part)]


def shorten_person_name(
    family_name: str | None, given_name: str | None, patronymic: str | None
) -> str:
    """A name for a list, with initials: `Белова А. И.`; without a family name blank."""
    if family_name is None:
        return ""
    initials = [f"{name[0]}." for name in (given_name, patronymic) if name]
    return "\u00a0".join([family_name, *initials])


def _normalize_words(text: str) -> list[str]:
    """The words of a name, folded to one spelling; a full stop ends an initial's word."""
    folded_text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible_text = "".join(
        character
        for character in folded_text.translate(_REPLACEMENTS)
        if unicodedata.category(character) not in _INVISIBLE_CATEGORIES
    )
    return [word for word in _SEPARATORS.split(visible_text) if word]
