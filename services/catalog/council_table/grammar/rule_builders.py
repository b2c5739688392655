"""Builds nodes of the requirement tree from phrases, titled for people by the vocabulary."""

import re
from collections.abc import Sequence

from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical_phrase
from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule, RequirementRule

_MAX_PARTS = 20
_OPENING = re.compile(r"документы?,? подтверждающи[йе](?: наличие)? ", re.IGNORECASE)
_GENITIVE_COUNTS = (
    "двух",
    "трёх",
    "четырёх",
    "пяти",
    "шести",
    "семи",
    "восьми",
    "девяти",
    "десяти",
)


class UnreadPhrase(Exception):
    """The grammar or the vocabulary does not read a phrase, which is the argument."""


def strip_opening(text: str) -> str:
    """The text without the grammar's `opening`, if it begins with one."""
    opening = _OPENING.match(text)
    return text[opening.end() :] if opening is not None else text


def build_document_rule(phrase: str, words: Vocabulary) -> DocumentRule:
    """The document that the phrase names. Raises `UnreadPhrase` where the vocabulary has none."""
    document_kind = words.documents.get(canonical_phrase(phrase))
    if document_kind is None:
        raise UnreadPhrase(phrase)
    return DocumentRule(kind=document_kind.kind, title=document_kind.title)


def build_all_of(parts: Sequence[RequirementRule], words: Vocabulary) -> RequirementRule:
    """All of the parts, or the only part. Raises `UnreadPhrase` for more than a tree holds."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _MAX_PARTS:
        raise UnreadPhrase(parts[-1].title)
    return AllOf(title=words.all_documents, parts=tuple(parts))


def build_any_of(parts: Sequence[RequirementRule], words: Vocabulary) -> AnyOf:
    """A choice among two or more parts. Raises `UnreadPhrase` for more than a tree holds."""
    if len(parts) > _MAX_PARTS:
        raise UnreadPhrase(parts[-1].title)
    families = list(
        dict.fromkeys(family for part in parts for family in _list_families(part, words))
    )
    if len(families) == 1:
        count = (
            _GENITIVE_COUNTS[len(parts) - 2]
            if len(parts) - 2 < len(_GENITIVE_COUNTS)
            else str(len(parts))
        )
        title = words.families[families[0]]["choice"].format(count=count)
    else:
        joined_title = " или ".join(words.families[family]["joined"] for family in families)
        title = joined_title[0].upper() + joined_title[1:]
    return AnyOf(title=title, parts=tuple(parts))


def _list_families(rule: RequirementRule, words: Vocabulary) -> list[str]:
    """The families of the documents and the experience in the rule, in order, repeated ones too."""
    match rule:
        case AllOf() | AnyOf():
            return [family for part in rule.parts for family in _list_families(part, words)]
        case DocumentRule() | ExperienceRule():
            return [words.find_family(rule.kind)]
