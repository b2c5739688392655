"""`experience` of the grammar of column 9 (see `requirements`): months of work in fields."""

import re

from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.grammar.rule_builders import COLUMN, Unread, any_of, unopened
from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical
from shared.events.requirements import ExperienceRule, RequirementRule

_AT_LEAST = re.compile(r"не менее ", re.IGNORECASE)
_WORK = re.compile(r"опыта?(?: работы)? ", re.IGNORECASE)
_TERM_OR = re.compile(r",? или (?=не менее )", re.IGNORECASE)
_TERM = re.compile(
    r"не менее (?P<amount>(?P<count>\d{1,3}|[а-яё]+) (?P<unit>месяц\w*|год\w*|лет))"
    r"(?: опыта(?: работы)?)?(?P<area> в области)? (?P<fields>.+)",
    re.IGNORECASE,
)
_AND_OR = " и/или "
_OR = re.compile(r"(?<!/),? или ")
_MONTHS_IN_YEAR = 12
_MOST_MONTHS = 600
_LONGEST_TITLE = 500


def is_experience(line: str) -> bool:
    """Whether the line asks for experience: it says "at least"."""
    return _AT_LEAST.search(line) is not None


def read_experience(line: str, words: Vocabulary, notes: Notes) -> RequirementRule:
    """`experience` of the grammar. Raises `Unread`."""
    body = unopened(line)
    work = _WORK.match(body)
    terms = _TERM_OR.split(body[work.end() :] if work is not None else body)
    rules = [rule for term in terms for rule in _term(term, words, notes)]
    if len(rules) == 1:
        return rules[0]
    rule = any_of(rules, words)
    notes.add("requirements.or_word", COLUMN, before=line, after=rule.title)
    return rule


def _term(text: str, words: Vocabulary, notes: Notes) -> list[ExperienceRule]:
    """One rule, or one for each field where fields are set apart by "или"."""
    term = _TERM.fullmatch(text)
    if term is None:
        raise Unread(text)
    months = _months(term["count"], term["unit"], words)
    opening = f"не менее {term['amount']}"
    opening = f"Опыт работы {opening} в области" if term["area"] else opening.capitalize()
    added = term["fields"].split(_AND_OR)
    apart = [term["fields"]] if _known(term["fields"], words) else _OR.split(term["fields"])
    if len(apart) > 1 and len(added) > 1:
        raise Unread(text)
    rules = []
    for printed in apart:
        fields = [printed] if _known(printed, words) else printed.split(_AND_OR)
        title = f"{opening} {printed}"
        slugs = tuple(dict.fromkeys(_field(field, words) for field in fields))
        if not 1 <= months <= _MOST_MONTHS or len(title) > _LONGEST_TITLE:
            raise Unread(text)
        if len(slugs) > 1:
            notes.add("requirements.added_fields", COLUMN, before=printed, after=title)
        kind = words.experience_kind
        rules.append(ExperienceRule(kind=kind, fields=slugs, months=months, title=title))
    return rules


def _months(count: str, unit: str, words: Vocabulary) -> int:
    """Months in a count of months or years. Raises `Unread` for a count that is none."""
    number = words.counted(count)
    if number is None:
        raise Unread(count)
    return number if unit.lower().startswith("месяц") else number * _MONTHS_IN_YEAR


def _known(phrase: str, words: Vocabulary) -> bool:
    return canonical(phrase) in words.fields


def _field(phrase: str, words: Vocabulary) -> str:
    slug = words.fields.get(canonical(phrase))
    if slug is None:
        raise Unread(phrase)
    return slug
