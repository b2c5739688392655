"""Text around the table: the council's name, and what a publisher has completed.

The council is named by a line "Совет: ..." or by the signature "Председатель Совета ...". An
export's lines "Дополнено издателем: строка 1, графа validity_term: ..." are completions, and its
lines "Карточка: строка 1, activity_type: ..." hold what registry cards add to the form's columns.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from services.catalog.council_table.grammar.cells import to_one_line
from services.catalog.council_table.grammar.findings import Findings

COUNCIL_PREFIX = "Совет: "
TABLE_TITLE = "Перечень квалификаций"
COMPLETION_LINE = "Дополнено издателем: строка {row}, графа {column}: {reason}"
CARD_LINE = "Карточка: строка {row}, {member}: {value}"
CARD_MEMBERS = ("activity_type", "special_conditions", "classifiers")

_CARD = re.compile(rf"Карточка: строка (\d{{1,4}}), ({'|'.join(CARD_MEMBERS)}): (.+)", re.DOTALL)
_COMPLETION = re.compile(r"Дополнено издателем: строка (\d{1,4}), графа ([a-z_]+): (.+)", re.DOTALL)
_SIGNATURE = re.compile(r"Председатель (Совета\b.*)")
_PERSON_NAME = re.compile(r"(?:[А-ЯЁ]\. ?){1,2}[А-ЯЁ][а-яё-]+|[А-ЯЁ][а-яё-]+ (?:[А-ЯЁ]\. ?){1,2}")


@dataclass
class TableSurroundings:
    """The council's name, None where it is missing; completions and cards by row, from 1."""

    council: str | None = None
    completions: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    cards: dict[int, dict[str, Any]] = field(default_factory=dict)


def read_surroundings(lines: tuple[str, ...], findings: Findings) -> TableSurroundings:
    """Reads the lines outside the table; one that has no meaning here becomes a finding."""
    surroundings = TableSurroundings()
    signature: list[str] | None = None
    for line in lines:
        if _read_export_line(line, surroundings):
            continue
        if signature is None and (signature_match := _SIGNATURE.match(to_one_line(line))):
            signature = [signature_match[1]]
        elif _PERSON_NAME.fullmatch(line) or (signature is not None and _SIGNATURE.match(line)):
            continue
        elif signature is not None and line[:1].islower():
            signature.append(line)
        elif line != TABLE_TITLE:
            findings.add("table.outside", before=line)
    if surroundings.council is None and signature is not None:
        # The genitive of the post's name: "Председатель Совета ..." signs for "Совет ...".
        surroundings.council = to_one_line(" ".join(signature)).replace("Совета", "Совет", 1)
        findings.add(
            "council.from_signature", before=" ".join(signature), after=surroundings.council
        )
    if surroundings.council is None:
        findings.add("council.missing")
    return surroundings


def _read_export_line(line: str, surroundings: TableSurroundings) -> bool:
    """Reads a line of a kind that an export writes, into `surroundings`; False for other lines."""
    if line.startswith(COUNCIL_PREFIX) and surroundings.council is None:
        surroundings.council = to_one_line(line.removeprefix(COUNCIL_PREFIX))
    elif completion_match := _COMPLETION.fullmatch(line):
        completion = {"column": completion_match[2], "reason": completion_match[3]}
        surroundings.completions.setdefault(int(completion_match[1]), []).append(completion)
    elif card_match := _CARD.fullmatch(line):
        surroundings.cards.setdefault(int(card_match[1]), {})[card_match[2]] = _parse_card_value(
            card_match[2], card_match[3]
        )
    else:
        return False
    return True


def format_card_value(member: str, value: Any) -> str:
    """The value of a registry card's member as the text of a line."""
    if member != "classifiers":
        return str(value)
    return "; ".join(f"{classifier['classifier']} {classifier['code']}" for classifier in value)


def _parse_card_value(member: str, text: str) -> Any:
    """The value of a registry card's member from the text of a line."""
    if member != "classifiers":
        return text
    pairs = (part.partition(" ") for part in text.split("; "))
    return [{"classifier": name, "code": code} for name, _, code in pairs]
