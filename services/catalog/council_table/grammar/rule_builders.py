"""Nodes of the tree from phrases, titled for people by the vocabulary."""

import re
from collections.abc import Sequence

from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule, RequirementRule

COLUMN = 9

_MOST_PARTS = 20
_OPENING = re.compile(r"документы?,? подтверждающи[йе](?: наличие)? ", re.IGNORECASE)
_COUNTS = ("двух", "трёх", "четырёх", "пяти", "шести", "семи", "восьми", "девяти", "десяти")


class Unread(Exception):
    """The grammar does not read these words."""


def unopened(text: str) -> str:
    """The text without `opening` of the grammar."""
    opening = _OPENING.match(text)
    return text[opening.end() :] if opening is not None else text


def document(phrase: str, words: Vocabulary) -> DocumentRule:
    """The document that the phrase names. Raises `Unread` where the vocabulary has no such one."""
    found = words.documents.get(canonical(phrase))
    if found is None:
        raise Unread(phrase)
    return DocumentRule(kind=found.kind, title=found.title)


def all_of(parts: Sequence[RequirementRule], words: Vocabulary) -> RequirementRule:
    """All of the parts, or the one part there is. Raises `Unread` for more than a tree holds."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _MOST_PARTS:
        raise Unread(parts[-1].title)
    return AllOf(title=words.all_documents, parts=tuple(parts))


def any_of(parts: Sequence[RequirementRule], words: Vocabulary) -> AnyOf:
    """A choice among two or more. Raises `Unread` for more than a tree holds."""
    if len(parts) > _MOST_PARTS:
        raise Unread(parts[-1].title)
    families = list(dict.fromkeys(family for part in parts for family in _families(part, words)))
    if len(families) == 1:
        count = _COUNTS[len(parts) - 2] if len(parts) - 2 < len(_COUNTS) else str(len(parts))
        title = words.families[families[0]]["choice"].format(count=count)
    else:
        joined = " или ".join(words.families[family]["joined"] for family in families)
        title = joined[0].upper() + joined[1:]
    return AnyOf(title=title, parts=tuple(parts))


def _families(rule: RequirementRule, words: Vocabulary) -> list[str]:
    match rule:
        case AllOf() | AnyOf():
            return [family for part in rule.parts for family in _families(part, words)]
        case DocumentRule() | ExperienceRule():
            return [words.family(rule.kind)]
