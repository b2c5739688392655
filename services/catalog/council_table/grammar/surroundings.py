"""What stands around the table: the council's name, and what a publisher has completed.

The council is named by a line "Совет: ..." or by the signature "Председатель Совета ...". An
export's lines "Дополнено издателем: строка 1, графа validity_term: ..." are completions, and its
lines "Карточка: строка 1, activity_type: ..." what registry cards say beyond the form's columns.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from services.catalog.council_table.grammar.cells import one_line
from services.catalog.council_table.grammar.findings import Notes

COUNCIL = "Совет: "
TITLE = "Перечень квалификаций"
COMPLETED = "Дополнено издателем: строка {row}, графа {column}: {reason}"
CARD = "Карточка: строка {row}, {member}: {value}"
CARD_MEMBERS = ("activity_type", "special_conditions", "classifiers")

_CARD = re.compile(rf"Карточка: строка (\d{{1,4}}), ({'|'.join(CARD_MEMBERS)}): (.+)", re.DOTALL)
_COMPLETED = re.compile(r"Дополнено издателем: строка (\d{1,4}), графа ([a-z_]+): (.+)", re.DOTALL)
_SIGNED = re.compile(r"Председатель (Совета\b.*)")
_PERSON = re.compile(r"(?:[А-ЯЁ]\. ?){1,2}[А-ЯЁ][а-яё-]+|[А-ЯЁ][а-яё-]+ (?:[А-ЯЁ]\. ?){1,2}")


@dataclass
class Outside:
    """The council's name, None where it is not told; completions and cards by row, from 1."""

    council: str | None = None
    completions: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    cards: dict[int, dict[str, Any]] = field(default_factory=dict)


def read_outside(lines: tuple[str, ...], notes: Notes) -> Outside:
    """Reads the lines outside the table; one that means nothing here is told."""
    about = Outside()
    signature: list[str] | None = None
    for line in lines:
        if _take(line, about):
            continue
        if signature is None and (signed := _SIGNED.match(one_line(line))):
            signature = [signed[1]]
        elif _PERSON.fullmatch(line) or (signature is not None and _SIGNED.match(line)):
            continue
        elif signature is not None and line[:1].islower():
            signature.append(line)
        elif line != TITLE:
            notes.add("table.outside", before=line)
    if about.council is None and signature is not None:
        # The genitive of the post's name: "Председатель Совета ..." signs for "Совет ...".
        about.council = one_line(" ".join(signature)).replace("Совета", "Совет", 1)
        notes.add("council.from_signature", before=" ".join(signature), after=about.council)
    if about.council is None:
        notes.add("council.missing")
    return about


def _take(line: str, about: Outside) -> bool:
    """Takes a line of the kinds that an export writes; whether it is one."""
    if line.startswith(COUNCIL) and about.council is None:
        about.council = one_line(line.removeprefix(COUNCIL))
    elif completed := _COMPLETED.fullmatch(line):
        told = {"column": completed[2], "reason": completed[3]}
        about.completions.setdefault(int(completed[1]), []).append(told)
    elif card := _CARD.fullmatch(line):
        about.cards.setdefault(int(card[1]), {})[card[2]] = _card_value(card[2], card[3])
    else:
        return False
    return True


def card_text(member: str, value: Any) -> str:
    """A card's member as a line says it."""
    if member != "classifiers":
        return str(value)
    return "; ".join(f"{one['classifier']} {one['code']}" for one in value)


def _card_value(member: str, text: str) -> Any:
    if member != "classifiers":
        return text
    pairs = (part.partition(" ") for part in text.split("; "))
    return [{"classifier": name, "code": code} for name, _, code in pairs]
