"""What stands for a name where only digests may be compared: keys that two likenesses share.

Two names share a key of `spellings` where `compare_people` finds them the same, and one of `sounds`
where they sound alike or one of them has no patronymic. Initials for names are not found so: there
is nothing in a digest that they could stand for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.certificates.certificate.schemas import PersonNames
from shared.events.applications import Holder
from shared.person_likeness import NameWord, read_name
from shared.person_names import join_name


@dataclass(frozen=True, slots=True)
class NameKeys:
    """The keys of a name, or what stands for them: those of the same names, of perhaps the same."""

    spellings: frozenset[str]
    sounds: frozenset[str]

    def match(self, name: "NameKeys") -> bool | None:
        """Whether the names are one person's; None where they may be."""
        if not self.spellings.isdisjoint(name.spellings):
            return True
        return False if self.sounds.isdisjoint(name.sounds) else None


def choose_match(matches: Collection[bool | None]) -> bool | None:
    """What is said of a name that matches one of several names so, and another otherwise."""
    return True if True in matches else None if None in matches else False


def list_claim_keys(name: PersonNames) -> NameKeys:
    """The keys of a name that somebody claims."""
    without = _sound_key("without patronymic", name.family_name, name.given_name)
    return _build_keys(name, without, _patronymic_key(name))


def list_holder_keys(holder: Holder) -> NameKeys:
    """The keys of a holder's name, to be compared with those of claims."""
    if holder.patronymic is None:
        key = _sound_key("without patronymic", holder.family_name, holder.given_name)
        return _build_keys(holder, key)
    claimed_without = _sound_key("patronymic unknown", holder.family_name, holder.given_name)
    return _build_keys(holder, claimed_without, _patronymic_key(holder))


def _patronymic_key(name: PersonNames | Holder) -> str:
    """How the whole name sounds; of a claim without a patronymic, that any may follow."""
    if name.patronymic is None:
        return _sound_key("patronymic unknown", name.family_name, name.given_name)
    whole_name = (name.family_name, name.given_name, name.patronymic)
    return _sound_key("with patronymic", *whole_name)


def _build_keys(name: PersonNames | Holder, *sounds: str) -> NameKeys:
    line = join_name(name.family_name, name.given_name, name.patronymic)
    return NameKeys(_list_spelling_keys(read_name(line).words), frozenset(sounds))


def _list_spelling_keys(words: Sequence[NameWord]) -> frozenset[str]:
    """The spellings of a name, of which two that are the same share one: its own, and Latin ones.

    The words stand in one order, initials in their own behind them.
    """
    spellings = [[word.spelling for word in words]]
    if all(word.latin is not None for word in words):
        spellings.append([word.latin or "" for word in words])
    versions = max((len(word.transliterations) for word in words), default=0)
    spellings += (
        [
            word.transliterations[version] if word.transliterations else word.latin or ""
            for word in words
        ]
        for version in range(versions)
    )
    return frozenset(_join_in_order(words, spelling) for spelling in spellings)


def _join_in_order(words: Sequence[NameWord], spelling: Sequence[str]) -> str:
    pairs = list(zip(words, spelling, strict=True))
    names = sorted(text for word, text in pairs if not word.is_initial)
    return "\n".join([*names, "", *(text for word, text in pairs if word.is_initial)])


def _sound_key(kind: str, *parts: str) -> str:
    """How names sound, in one order; of letters that two alphabets have, in the Cyrillic one."""
    words = read_name(" ".join(parts)).words
    return "\n".join([kind, *sorted(next(iter(word.sounds), word.spelling) for word in words)])
