"""Column 9: the grammar by which Russian prose becomes a tree of requirements.

The order 726n (item 5) lets a council ask for documents on education or training, on experience, on
admission to work. This is what is read; phrases and their meanings are the vocabulary's:

    list        = item                          without a number: the item's rule
                | "1." item  "2." item ...      numbered in order: all_of
    item        = line { LF line }              lines without a conjunction: any_of, an assumption
    line        = experience
                | document { or document }      any_of
    document    = [opening] phrase
                | [opening] phrase " - " [opening] phrase      narrowed: one phrase "A - B"
                | [opening] phrase " - " phrase { ("," | or) phrase }     any_of of "A - B", "A - C"
    experience  = [opening] ["опыт работы"] term { [","] "или" term }     any_of
    term        = "не менее" count ("месяцев" | "лет") ["опыта работы"]
                  ["в области"] field { or field }
    opening     = "Документ(ы), подтверждающий(ие) [наличие]"
    or          = "или" | "и/или"

Between fields "и/или" adds their months (one rule of several fields) and "или" does not (any_of);
both in one term are outside the grammar. A count is digits or a word from one to twelve; years are
twelve months each. What the grammar does not read in full is not read at all: the prose stays, and
the finding quotes the line.
"""

import re

from services.catalog.council_table.grammar import outline
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.experience import is_experience, read_experience
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.council_table.grammar.rule_builders import (
    UnreadPhrase,
    build_all_of,
    build_any_of,
    build_document_rule,
    strip_opening,
)
from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical_phrase
from shared.events.requirements import RequirementRule

_ITEM = re.compile(r"(?:^|(?<=[\s.;]))(\d{1,2})[.)]\s*(?=[A-ZА-ЯЁ])")
_NUMBERED_ITEM = re.compile(r"(\d{1,2})[.)] (.+)")
_RUN_ON_DOCUMENT = re.compile(
    r"(?:(?<=[а-яё)»;])|(?<=[а-яё]\.))(?<!\d\))(?<! или)(?<!/или) (?=Документы?, подтвержд)"
)
_CONTINUED_LINE = re.compile(r"[a-zа-яё(–—-]")
_ENDS_WITH_OR = re.compile(r".*\bили")
_OR_DOCUMENT = re.compile(r",? (?:и/)?или (?=документ)", re.IGNORECASE)
_DASH = re.compile(r" [-–—] ")
_OR = re.compile(r",? (?:и/)?или ")
_LIST_SEPARATOR = re.compile(rf"{_OR.pattern}|, ")


def read_requirements(
    cell: str, words: Vocabulary, findings: Findings
) -> tuple[RequirementRule | None, str | None]:
    """The tree of column 9 and its prose in paragraphs.

    The tree is None where the grammar does not read the prose; the prose is None where there is
    none.
    """
    prose, mark, outline_text = f"\n{cell}".partition(f"\n{outline.OUTLINE_MARK}")
    text = split_paragraphs(prose.strip("\n"), findings)
    if mark:
        rule = outline.parse_outline(outline_text.strip("\n").split("\n"))
        if rule is None:
            findings.add(
                "requirements.unread",
                before=outline.OUTLINE_MARK + outline_text,
            )
        return rule, text or None
    if text in {"", "-", "–", "—"}:
        findings.add("requirements.missing", Column.REQUIREMENTS)
        return None, None
    try:
        return _parse_list(text, words, findings), text
    except UnreadPhrase as error:
        findings.add("requirements.unread", Column.REQUIREMENTS, before=str(error))
        return None, text


def split_paragraphs(text: str, findings: Findings) -> str:
    """The prose with every numbered item and every document on a line of its own.

    Lines cut by an extraction are joined first; a changed text is recorded as a finding.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and (_CONTINUED_LINE.match(line) or _ENDS_WITH_OR.fullmatch(lines[-1])):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
    joined_text = "\n".join(lines)
    paragraphed_text = _RUN_ON_DOCUMENT.sub("\n", _separate_items(joined_text))
    if paragraphed_text != joined_text:
        findings.add(
            "requirements.paragraph",
            before=joined_text,
            after=paragraphed_text,
        )
    return paragraphed_text


def _separate_items(text: str) -> str:
    """Every item of a numbered list on lines of its own; a number counts if it is the next one."""
    starts: list[tuple[int, int]] = []
    expected_number: int | None = None
    for match in _ITEM.finditer(text):
        if match.start() == 0 or int(match[1]) == expected_number:
            starts.append((match.start(), match.end()))
            expected_number = int(match[1]) + 1
    if not starts:
        return text
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return "\n".join(
        f"{text[start:body_start].strip()} {text[body_start:end].rstrip()}"
        for (start, body_start), end in zip(starts, ends, strict=True)
    )


def _parse_list(text: str, words: Vocabulary, findings: Findings) -> RequirementRule:
    """Parses `list` of the grammar. Raises `UnreadPhrase`."""
    items: list[list[str]] = []
    expected_number: int | None = None
    for index, line in enumerate(text.split("\n")):
        match = _NUMBERED_ITEM.fullmatch(line)
        if match is None:
            if not items:
                items.append([])
            items[-1].append(line)
        elif index == 0 or int(match[1]) == expected_number:
            items.append([match[2]])
            expected_number = int(match[1]) + 1
        else:
            raise UnreadPhrase(line)
    return build_all_of([_parse_item(item, words, findings) for item in items], words)


def _parse_item(lines: list[str], words: Vocabulary, findings: Findings) -> RequirementRule:
    """Parses the lines of one `item` of the grammar. Raises `UnreadPhrase`."""
    rules = [_parse_line(line.rstrip(" .;,"), words, findings) for line in lines]
    if len(rules) == 1:
        return rules[0]
    rule = build_any_of(rules, words)
    findings.add(
        "requirements.or_lines", Column.REQUIREMENTS, before="\n".join(lines), after=rule.title
    )
    return rule


def _parse_line(line: str, words: Vocabulary, findings: Findings) -> RequirementRule:
    """Parses `line` of the grammar. Raises `UnreadPhrase`."""
    if is_experience(line):
        return read_experience(line, words, findings)
    documents = _OR_DOCUMENT.split(line)
    rules = [_parse_document(phrase, words, findings) for phrase in documents]
    if len(rules) == 1:
        return rules[0]
    rule = build_any_of(rules, words)
    findings.add("requirements.or_word", Column.REQUIREMENTS, before=line, after=rule.title)
    return rule


def _parse_document(phrase: str, words: Vocabulary, findings: Findings) -> RequirementRule:
    """Parses `document` of the grammar. Raises `UnreadPhrase`."""
    subject, dash, narrowing = _split_at_dash(strip_opening(phrase))
    if not dash:
        return build_document_rule(subject, words)
    narrowing = strip_opening(narrowing)
    if canonical_phrase(f"{subject} - {narrowing}") in words.documents:
        return build_document_rule(f"{subject} - {narrowing}", words)
    qualifiers = _LIST_SEPARATOR.split(narrowing)
    if len(qualifiers) == 1:
        raise UnreadPhrase(phrase)
    rule = build_any_of(
        [build_document_rule(f"{subject} - {qualifier}", words) for qualifier in qualifiers], words
    )
    finding_rule = "requirements.or_word" if _OR.search(narrowing) else "requirements.or_list"
    findings.add(finding_rule, Column.REQUIREMENTS, before=narrowing, after=rule.title)
    return rule


def _split_at_dash(text: str) -> tuple[str, str, str]:
    """The text before the first dash, the dash, and the text after it.

    The last two are empty where there is no dash.
    """
    dash = _DASH.search(text)
    if dash is None:
        return text, "", ""
    return text[: dash.start()], dash[0], text[dash.end() :]
