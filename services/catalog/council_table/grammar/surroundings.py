"""Text around the table: the council's name, and what a publisher has completed.

The council is named by a line "Совет: ..." or by the signature "Председатель Совета ...". An
export's lines "Дополнено издателем: строка 1, графа validity_term: ..." are completions, and its
lines "Карточка: строка 1, activity_type: ..." hold what registry cards add to the form's columns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.catalog.council_table.grammar.candidate import (
    CandidateClassifier,
    CandidateCompletion,
    RegistryCard,
)
from services.catalog.council_table.grammar.cells import to_one_line
from services.catalog.council_table.grammar.findings import Findings
from services.catalog.qualification.form import FormContent

COUNCIL_PREFIX = "Совет: "
TABLE_TITLE = "Перечень квалификаций"
COMPLETION_LINE = "Дополнено издателем: строка {row}, графа {column}: {reason}"
CARD_LINE = "Карточка: строка {row}, {member}: {value}"
CARD_MEMBERS = tuple(RegistryCard.model_fields)

_LINE_OPENINGS = (COUNCIL_PREFIX, "Дополнено издателем: ", "Карточка: ", "Председатель Совета")
_CARD = re.compile(rf"Карточка: строка (\d{{1,4}}), ({'|'.join(CARD_MEMBERS)}): (.+)", re.DOTALL)
_COMPLETION = re.compile(r"Дополнено издателем: строка (\d{1,4}), графа ([a-z_]+): (.+)", re.DOTALL)
_SIGNATURE = re.compile(r"Председатель (Совета\b.*)")
_PERSON_NAME = re.compile(r"(?:[А-ЯЁ]\. ?){1,2}[А-ЯЁ][а-яё-]+|[А-ЯЁ][а-яё-]+ (?:[А-ЯЁ]\. ?){1,2}")


@dataclass
class TableSurroundings:
    """The council's name, None where it is missing; completions and cards by row, from 1."""

    council: str | None = None
    completions: dict[int, tuple[CandidateCompletion, ...]] = field(default_factory=dict)
    cards: dict[int, RegistryCard] = field(default_factory=dict)

    def add_cards(self, cards: Mapping[int, RegistryCard]) -> None:
        """Adds what the items of numbered cards say to what the lines say."""
        for row, card in cards.items():
            stated_members = card.model_dump(exclude_defaults=True)
            self.cards[row] = self.cards.get(row, RegistryCard()).model_copy(update=stated_members)


def read_surroundings(lines: tuple[str, ...], findings: Findings) -> TableSurroundings:
    """Reads the lines outside the table; one that has no meaning here becomes a finding."""
    surroundings = TableSurroundings()
    signature, unread_lines = _separate_signature(
        [line for line in lines if not _read_export_line(line, surroundings)]
    )
    for line in unread_lines:
        findings.add("table.outside", before=line)
    if surroundings.council is None and signature:
        printed_signature = " ".join(signature)
        # The genitive of the post's name: "Председатель Совета ..." signs for "Совет ...".
        surroundings.council = to_one_line(printed_signature).replace("Совета", "Совет", 1)
        findings.add("council.from_signature", before=printed_signature, after=surroundings.council)
    if surroundings.council is None:
        findings.add("council.missing")
    return surroundings


def _separate_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of the council's name in the first signature, and those that mean nothing here."""
    signature: list[str] = []
    unread_lines: list[str] = []
    for line in lines:
        if not signature and (match := _SIGNATURE.match(to_one_line(line))):
            signature.append(match[1])
        elif signature and line[:1].islower():
            signature.append(line)
        elif not _is_expected(line, is_signed=bool(signature)):
            unread_lines.append(line)
    return signature, unread_lines


def _is_expected(line: str, *, is_signed: bool) -> bool:
    """Whether the line is a title, a person's name, or a further signature."""
    is_further_signature = is_signed and _SIGNATURE.match(line) is not None
    return is_further_signature or line == TABLE_TITLE or _PERSON_NAME.fullmatch(line) is not None


def _read_export_line(line: str, surroundings: TableSurroundings) -> bool:
    """Reads a line of a kind that an export writes, into `surroundings`; False for other lines."""
    if line.startswith(COUNCIL_PREFIX) and surroundings.council is None:
        surroundings.council = to_one_line(line.removeprefix(COUNCIL_PREFIX))
    elif completion_match := _COMPLETION.fullmatch(line):
        row, column, reason = completion_match.groups()
        completion = CandidateCompletion(column=column, reason=reason)
        earlier_completions = surroundings.completions.get(int(row), ())
        surroundings.completions[int(row)] = (*earlier_completions, completion)
    elif card_match := _CARD.fullmatch(line):
        row, member, text = card_match.groups()
        card = surroundings.cards.get(int(row), RegistryCard())
        value = _parse_classifiers(text) if member == "classifiers" else text
        surroundings.cards[int(row)] = card.model_copy(update={member: value})
    else:
        return False
    return True


def is_export_line(line: str) -> bool:
    """Whether the line is of a kind that stands around a table, never in it."""
    return line.startswith(_LINE_OPENINGS)


def format_card_lines(row: int, content: FormContent, members: Sequence[str]) -> list[str]:
    """A line for each of the members that registry cards add; `row` counts from 1."""
    classifiers = (f"{entry.classifier} {entry.code}" for entry in content.classifiers)
    texts = {
        "activity_type": content.activity_type,
        "special_conditions": content.special_conditions,
        "classifiers": "; ".join(classifiers),
    }
    return [
        CARD_LINE.format(row=row, member=member, value=text)
        for member, text in texts.items()
        if text and member in members
    ]


def _parse_classifiers(text: str) -> tuple[CandidateClassifier, ...]:
    """The codes of national classifiers in the text of a line."""
    pairs = (part.partition(" ") for part in text.split("; "))
    return tuple(CandidateClassifier(classifier=name, code=code) for name, _, code in pairs)
