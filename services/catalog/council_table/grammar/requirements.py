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
from services.catalog.council_table.grammar.experience import is_experience, read_experience
from services.catalog.council_table.grammar.findings import Notes
from services.catalog.council_table.grammar.rule_builders import (
    COLUMN,
    Unread,
    all_of,
    any_of,
    document,
    unopened,
)
from services.catalog.council_table.grammar.vocabulary import Vocabulary, canonical
from shared.events.requirements import RequirementRule

_ITEM = re.compile(r"(?:^|(?<=[\s.;]))(\d{1,2})\.\s*(?=[A-ZА-ЯЁ])")
_NUMBERED = re.compile(r"(\d{1,2})\. (.+)")
_RUN_ON = re.compile(
    r"(?:(?<=[а-яё)»;])|(?<=[а-яё]\.))(?<! или)(?<!/или) (?=Документы?, подтвержд)"
)
_CONTINUING = re.compile(r"[a-zа-яё(–—-]")
_ENDS_WITH_OR = re.compile(r".*\bили")
_OR_DOCUMENT = re.compile(r",? (?:и/)?или (?=документ)", re.IGNORECASE)
_DASH = re.compile(r" [-–—] ")
_OR = re.compile(r",? (?:и/)?или ")
_LISTED = re.compile(rf"{_OR.pattern}|, ")


def read_requirements(
    cell: str, words: Vocabulary, notes: Notes
) -> tuple[RequirementRule | None, str | None]:
    """The tree, None where the grammar does not read the prose; and the prose in paragraphs."""
    prose, mark, exact = f"\n{cell}".partition(f"\n{outline.MARK}")
    text = paragraphs(prose.strip("\n"), notes)
    if mark:
        rule = outline.read(exact.strip("\n").split("\n"))
        if rule is None:
            notes.add("requirements.unread", COLUMN, before=outline.MARK + exact)
        return rule, text or None
    if text in {"", "-", "–", "—"}:
        notes.add("requirements.missing", COLUMN)
        return None, None
    try:
        return _list(text, words, notes), text
    except Unread as unread:
        notes.add("requirements.unread", COLUMN, before=str(unread))
        return None, text


def paragraphs(text: str, notes: Notes) -> str:
    """The prose with every numbered item and every document on a line of its own."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and (_CONTINUING.match(line) or _ENDS_WITH_OR.fullmatch(lines[-1])):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
    plain = "\n".join(lines)
    broken = _RUN_ON.sub("\n", _items_apart(plain))
    if broken != plain:
        notes.add("requirements.paragraph", COLUMN, before=plain, after=broken)
    return broken


def _items_apart(text: str) -> str:
    """Every item of a numbered list on lines of its own; a number counts if it is the next."""
    starts: list[tuple[int, int]] = []
    expected: int | None = None
    for item in _ITEM.finditer(text):
        if item.start() == 0 or int(item[1]) == expected:
            starts.append((item.start(), item.end()))
            expected = int(item[1]) + 1
    if not starts:
        return text
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return "\n".join(
        f"{text[start:body].strip()} {text[body:end].rstrip()}"
        for (start, body), end in zip(starts, ends, strict=True)
    )


def _list(text: str, words: Vocabulary, notes: Notes) -> RequirementRule:
    """`list` of the grammar. Raises `Unread`."""
    items: list[list[str]] = []
    expected: int | None = None
    for place, line in enumerate(text.split("\n")):
        numbered = _NUMBERED.fullmatch(line)
        if numbered is None:
            if not items:
                items.append([])
            items[-1].append(line)
        elif place == 0 or int(numbered[1]) == expected:
            items.append([numbered[2]])
            expected = int(numbered[1]) + 1
        else:
            raise Unread(line)
    return all_of([_item(item, words, notes) for item in items], words)


def _item(lines: list[str], words: Vocabulary, notes: Notes) -> RequirementRule:
    rules = [_line(line.rstrip(" .;,"), words, notes) for line in lines]
    if len(rules) == 1:
        return rules[0]
    rule = any_of(rules, words)
    notes.add("requirements.or_lines", COLUMN, before="\n".join(lines), after=rule.title)
    return rule


def _line(line: str, words: Vocabulary, notes: Notes) -> RequirementRule:
    if is_experience(line):
        return read_experience(line, words, notes)
    documents = _OR_DOCUMENT.split(line)
    rules = [_document(printed, words, notes) for printed in documents]
    if len(rules) == 1:
        return rules[0]
    rule = any_of(rules, words)
    notes.add("requirements.or_word", COLUMN, before=line, after=rule.title)
    return rule


def _document(printed: str, words: Vocabulary, notes: Notes) -> RequirementRule:
    subject, dash, narrowing = _dashed(unopened(printed))
    if not dash:
        return document(subject, words)
    narrowing = unopened(narrowing)
    if canonical(f"{subject} - {narrowing}") in words.documents:
        return document(f"{subject} - {narrowing}", words)
    listed = _LISTED.split(narrowing)
    if len(listed) == 1:
        raise Unread(printed)
    rule = any_of([document(f"{subject} - {one}", words) for one in listed], words)
    told = "requirements.or_word" if _OR.search(narrowing) else "requirements.or_list"
    notes.add(told, COLUMN, before=narrowing, after=rule.title)
    return rule


def _dashed(text: str) -> tuple[str, str, str]:
    dash = _DASH.search(text)
    if dash is None:
        return text, "", ""
    return text[: dash.start()], dash[0], text[dash.end() :]
