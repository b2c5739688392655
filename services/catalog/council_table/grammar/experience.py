"""`experience` of the grammar of column 9 (see `requirements`): months of work in fields."""

import re

from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.rule_builders import (
    UnreadPhrase,
    build_any_of,
    strip_opening,
)
from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical_phrase
from shared.events.requirements import ExperienceRule, RequirementRule

_AT_LEAST = re.compile(r"не менее ", re.IGNORECASE)
_WORK_OPENING = re.compile(r"опыта?(?: работы)? ", re.IGNORECASE)
_TERM_SEPARATOR = re.compile(r",? или (?=не менее )", re.IGNORECASE)
_TERM = re.compile(
    r"не менее (?P<amount>(?P<count>\d{1,3}|[а-яё]+) (?P<unit>месяц\w*|год\w*|лет))"
    r"(?: опыта(?: работы)?)?(?P<area> в области)? (?P<fields>.+)",
    re.IGNORECASE,
)
_ADDED_FIELD_SEPARATOR = " и/или "
_FIELD_SEPARATOR = re.compile(r"(?<!/),? или ")
_MONTHS_IN_YEAR = 12
_MAX_MONTHS = 600
_MAX_TITLE_LENGTH = 500


def is_experience(line: str) -> bool:
    """Whether the line asks for experience: it has the Russian words for "at least"."""
    return _AT_LEAST.search(line) is not None


def read_experience(line: str, words: Vocabulary, findings: Findings) -> RequirementRule:
    """Parses `experience` of the grammar. Raises `UnreadPhrase`."""
    phrase = strip_opening(line)
    opening = _WORK_OPENING.match(phrase)
    terms = _TERM_SEPARATOR.split(phrase[opening.end() :] if opening is not None else phrase)
    rules = [rule for term in terms for rule in _parse_term(term, words, findings)]
    if len(rules) == 1:
        return rules[0]
    rule = build_any_of(rules, words)
    findings.add("requirements.or_word", Column.REQUIREMENTS, before=line, after=rule.title)
    return rule


def _parse_term(text: str, words: Vocabulary, findings: Findings) -> list[ExperienceRule]:
    """Parses `term` of the grammar: one rule, or one for each field set apart by "или".

    Raises `UnreadPhrase`.
    """
    match = _TERM.fullmatch(text)
    if match is None:
        raise UnreadPhrase(text)
    months = _count_months(match["count"], match["unit"], words)
    title_opening = f"не менее {match['amount']}"
    title_opening = (
        f"Опыт работы {title_opening} в области" if match["area"] else title_opening.capitalize()
    )
    added_fields = match["fields"].split(_ADDED_FIELD_SEPARATOR)
    alternatives = (
        [match["fields"]]
        if _is_field(match["fields"], words)
        else _FIELD_SEPARATOR.split(match["fields"])
    )
    if len(alternatives) > 1 and len(added_fields) > 1:
        raise UnreadPhrase(text)
    rules = []
    for alternative in alternatives:
        fields = (
            [alternative]
            if _is_field(alternative, words)
            else alternative.split(_ADDED_FIELD_SEPARATOR)
        )
        title = f"{title_opening} {alternative}"
        slugs = tuple(dict.fromkeys(_field_slug(field, words) for field in fields))
        if not 1 <= months <= _MAX_MONTHS or len(title) > _MAX_TITLE_LENGTH:
            raise UnreadPhrase(text)
        if len(slugs) > 1:
            findings.add(
                "requirements.added_fields", Column.REQUIREMENTS, before=alternative, after=title
            )
        kind = words.experience_kind
        rules.append(ExperienceRule(kind=kind, fields=slugs, months=months, title=title))
    return rules


def _count_months(count: str, unit: str, words: Vocabulary) -> int:
    """Months in a count of months or years. Raises `UnreadPhrase` for a count that is no number."""
    number = words.parse_count(count)
    if number is None:
        raise UnreadPhrase(count)
    return number if unit.lower().startswith("месяц") else number * _MONTHS_IN_YEAR


def _is_field(phrase: str, words: Vocabulary) -> bool:
    """Whether the vocabulary has the phrase as a field of experience."""
    return canonical_phrase(phrase) in words.experience_fields


def _field_slug(phrase: str, words: Vocabulary) -> str:
    """The slug of a field of experience. Raises `UnreadPhrase` where the vocabulary has none."""
    slug = words.experience_fields.get(canonical_phrase(phrase))
    if slug is None:
        raise UnreadPhrase(phrase)
    return slug
