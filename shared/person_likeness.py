"""Whether two names are one person's: the same, perhaps, or different; for all services.

The same are names with the same words, each spelt the same (`shared.person_names`) or
transliterated by one of the usual systems, such as passports' (ICAO Doc 9303); in any order, with
initials in the order of the names, divided by any blanks, hyphens and full stops, or by none.

Perhaps the same are names of which one may stand for the other:

- initials for names: `А. Зайцева` may be Анна; abbreviations that end in a full stop likewise;
- a name with fewer words: without the patronymic, or the second half of a double name;
- words that sound alike: other transliterations, `Наталья` and `Наталия`, digits typed for letters,
  `оглы` and `оглу`, `кызы` and `гызы` behind a father's name, apart from it or not.

There a person must confirm that they are two people, or one. Translations and short forms of
names, former surnames and mistakes in spelling are different; and whether two people of the same
name are one person, cannot be told from names at all.

A name is read in time that grows with its length, and two are compared word by word; names of more
than `MOST_WORDS` words are the same or different, never perhaps the same.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import iuliia
from anyascii import anyascii

from shared.person_names import fold_case, split_name, unify_spelling

MOST_WORDS = 12
"""So many words a name has at most that is compared word by word."""
_MOST_ABBREVIATED_LETTERS = 4
_MOST_JOINED_INITIALS = 3

_LATIN_TWINS, _CYRILLIC_TWINS = "abcehkmoptxy", "авсенкмортху"
_TO_CYRILLIC = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN = str.maketrans(_CYRILLIC_TWINS + "ё", _LATIN_TWINS + "ë")
_CYRILLIC_ONLY = re.compile(rf"(?![{_CYRILLIC_TWINS}ё])[\u0400-\u052f]")
_LATIN_ONLY = re.compile(rf"(?![{_LATIN_TWINS}])[a-z\u00df-\u024f]")
_SON_OR_DAUGHTER = re.compile(
    r"(?<=\w\w)(?:о[гғ]л[ыуиі]|[кгқ][ыиі]з[ыиі]|o[gğ]l[yuiı]|[kgq][yiı]z[yiı])$", re.IGNORECASE
)
"""What a patronymic of Turkic languages ends in: a word of its own, or joined to the name."""
_DIGITS_FOR_LETTERS = str.maketrans("01346", "olзчб")
_CARONS = str.maketrans({"č": "ch", "š": "sh", "ž": "zh", "ŝ": "shch"})
_TRANSLITERATIONS = (
    *(iuliia.ICAO_DOC_9303, iuliia.GOST_52535, iuliia.MVD_310, iuliia.MVD_310_FR, iuliia.MVD_782),
    *(iuliia.GOST_7034, iuliia.GOST_779_ALT, iuliia.GOST_16876_ALT, iuliia.GOST_52290),
    *(iuliia.ISO_9_1968, iuliia.BGN_PCGN, iuliia.ALA_LC_ALT, iuliia.WIKIPEDIA),
    *(iuliia.MOSMETRO, iuliia.YANDEX_MAPS, iuliia.YANDEX_MONEY),
)
"""Passports' systems of today and of earlier years, standards, and what people write."""
_SOUNDS = (
    (re.compile(r"schtsch|shtsh|shch|chtch|sch|shh"), "sh"),
    (re.compile(r"tsch|tch"), "ch"),
    (re.compile(r"cz|tz|ts|tc|c(?!h)"), "z"),
    (re.compile(r"kh|gh(?=[aeiouy])"), "h"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"w"), "v"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"q"), "k"),
    (re.compile(r"[jy]"), "i"),
    (re.compile(r"ou"), "u"),
    (re.compile(r"oglu$"), "ogli"),
    (re.compile(r"gizi$"), "kizi"),
    (re.compile(r"i+[eo]"), "e"),
    (re.compile(r"(.)\1+"), r"\1"),
)
"""What is written differently and sounds alike, in the order in which it is made one."""


class Likeness(StrEnum):
    """Whether two names are one person's."""

    SAME = "same"
    PERHAPS = "perhaps"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class NameWord:
    """A word of a name: its spelling, its Latin letters, and how it may sound.

    `transliterations` are its Cyrillic letters in Latin ones, by each of the usual systems; none of
    a word that has Latin letters only. Where both alphabets have all of its letters, it is read in
    both, and sounds first as the Cyrillic word. `is_initial`: it stands for a longer word, or may.
    """

    spelling: str
    latin: str | None
    transliterations: Sequence[str]
    sounds: Sequence[str]
    is_initial: bool


@dataclass(frozen=True, slots=True)
class NameReading:
    """A name as it is compared: its words in their order, and all of it without any blank.

    One of too many words has none. `marks` are all spellings and sounds of its whole words: names
    without a common one have no word in common.
    """

    words: Sequence[NameWord]
    unbroken_spellings: frozenset[str]
    marks: frozenset[str] = frozenset()


def compare_people(name: str, other_name: str) -> Likeness:
    """Whether two lines with a whole name are one person's; one without a letter is nobody's."""
    return compare_readings(read_name(name), read_name(other_name))


def read_name(name: str) -> NameReading:
    """A name in one line, with the surname first or last, to be compared with others."""
    tokens = [*_divide_patronymics(split_name(name))]
    if len(tokens) > MOST_WORDS:
        spelling = "".join(unify_spelling(token) for token, _ in tokens)
        return NameReading((), frozenset({spelling}))
    has_small_letters = any(character.islower() for token, _ in tokens for character in token)
    words = []
    for token, has_stop in tokens:
        if has_small_letters and _is_joined_initials(token):
            words += [_read_word(initial, is_initial=True) for initial in token]
        else:
            is_short = has_stop and len(token) <= _MOST_ABBREVIATED_LETTERS
            words.append(_read_word(token, is_initial=is_short or len(token) == 1))
    spellings = [word.spelling for word in words]
    turns = (spellings[start:] + spellings[:start] for start in range(len(words)))
    return NameReading(words, frozenset(map("".join, turns)) - {""}, _list_marks(words))


def _divide_patronymics(tokens: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """The words with `оглы` and the like as words of their own."""
    for token, has_stop in tokens:
        ending = _SON_OR_DAUGHTER.search(token)
        if ending is None:
            yield token, has_stop
        else:
            yield token[: ending.start()], False
            yield ending[0], has_stop


def compare_readings(name: NameReading, other_name: NameReading) -> Likeness:
    """Whether two names that were read are one person's."""
    if name.unbroken_spellings & other_name.unbroken_spellings:
        return Likeness.SAME
    rest, other_rest = [*name.words], [*other_name.words]
    certain_count = likely_count = 0
    if not name.marks.isdisjoint(other_name.marks):
        rest, other_rest, certain_count = _drop_common_words(rest, other_rest, is_same_word)
        rest, other_rest, likely_count = _drop_common_words(rest, other_rest, _sounds_alike)
    has_anchor = certain_count + likely_count > 0
    shorter, longer = sorted((rest, other_rest), key=len)
    if has_anchor and not likely_count and _are_same_initials(rest, other_rest):
        return Likeness.SAME
    orders = [shorter] if has_anchor else _list_rotations(shorter)
    if any(_stand_for_some(words, longer) for words in orders):
        return Likeness.PERHAPS
    return Likeness.DIFFERENT


def _list_marks(words: Iterable[NameWord]) -> frozenset[str]:
    return frozenset(
        mark
        for word in words
        if not word.is_initial
        for mark in (word.spelling, word.latin or "", *word.transliterations, *word.sounds)
    ) - {""}


def is_same_word(word: NameWord, other_word: NameWord) -> bool:
    """Whether two words are spelt the same, or one is a usual transliteration of the other."""
    return (
        word.spelling == other_word.spelling
        or (word.latin is not None and word.latin in other_word.transliterations)
        or (other_word.latin is not None and other_word.latin in word.transliterations)
    )


def _is_joined_initials(token: str) -> bool:
    """Whether it is `АП` for `А. П.`: few letters, all of them capitals."""
    return 1 < len(token) <= _MOST_JOINED_INITIALS and token.isalpha() and token.isupper()


def _read_word(token: str, *, is_initial: bool) -> NameWord:
    text = fold_case(token)
    is_number = not any(character.isalpha() for character in text)
    letters = text if is_number else text.translate(_DIGITS_FOR_LETTERS)
    cyrillic = None if _LATIN_ONLY.search(letters) else letters.translate(_TO_CYRILLIC)
    latin = None if _CYRILLIC_ONLY.search(letters) else letters.translate(_TO_LATIN)
    readings = [reading for reading in (cyrillic, latin) if reading is not None] or [letters]
    return NameWord(
        spelling=unify_spelling(token),
        latin=latin and _drop_accents(latin),
        transliterations=tuple(_transliterate(cyrillic)) if cyrillic else (),
        sounds=tuple(filter(None, map(_say, readings))),
        is_initial=is_initial,
    )


def _transliterate(cyrillic_word: str) -> Iterator[str]:
    """The word in Latin letters by each of the usual systems, without accents."""
    return (
        _drop_accents(system.translate(cyrillic_word).translate(_TO_LATIN))
        for system in _TRANSLITERATIONS
    )


def _say(word: str) -> str:
    """How a word sounds, in small Latin letters: alike where only the transliteration differs."""
    sound = re.sub("[^a-z]", "", anyascii(word.translate(_CARONS)).casefold())
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound


def _drop_accents(latin_word: str) -> str:
    """The letters of a Latin word without their accents, and without apostrophes."""
    decomposed_word = unicodedata.normalize("NFD", latin_word.casefold())
    return "".join(char for char in decomposed_word if unicodedata.category(char) in {"Ll", "Lo"})


def _sounds_alike(word: NameWord, other_word: NameWord) -> bool:
    return any(sound in other_word.sounds for sound in word.sounds)


def _drop_common_words(
    words: Iterable[NameWord],
    other_words: Iterable[NameWord],
    is_common: Callable[[NameWord, NameWord], bool],
) -> tuple[list[NameWord], list[NameWord], int]:
    """What is left of both names without the whole words that both have, and their number."""
    rest, other_rest = [], list(other_words)
    count = 0
    for word in words:
        twin = next(
            (
                other_word
                for other_word in other_rest
                if not word.is_initial and not other_word.is_initial and is_common(word, other_word)
            ),
            None,
        )
        if twin is None:
            rest.append(word)
        else:
            other_rest.remove(twin)
            count += 1
    return rest, other_rest, count


def _are_same_initials(words: Sequence[NameWord], other_words: Sequence[NameWord]) -> bool:
    """Whether what is left are the same initials in the same order, or nothing."""
    return len(words) == len(other_words) and all(
        word.is_initial and other_word.is_initial and is_same_word(word, other_word)
        for word, other_word in zip(words, other_words, strict=True)
    )


def _list_rotations(words: Sequence[NameWord]) -> list[Sequence[NameWord]]:
    """The words from each of them on; a single one says too little to stand for a name."""
    starts = range(len(words)) if len(words) > 1 else ()
    return [[*words[start:], *words[:start]] for start in starts]


def _stand_for_some(words: Sequence[NameWord], longer_words: Sequence[NameWord]) -> bool:
    """Whether each word can stand for one of the others, in their order."""
    candidates = iter(longer_words)
    return all(any(_stands_for(word, candidate) for candidate in candidates) for word in words)


def _stands_for(word: NameWord, other_word: NameWord) -> bool:
    """Whether one is the initial of the other, or they sound alike."""
    if word.is_initial and other_word.is_initial:
        return is_same_word(word, other_word) or _begins(word, other_word)
    if word.is_initial:
        return _begins(word, other_word)
    if other_word.is_initial:
        return _begins(other_word, word)
    return _sounds_alike(word, other_word)


def _begins(initial: NameWord, word: NameWord) -> bool:
    return any(sound.startswith(start) for start in initial.sounds for sound in word.sounds)
