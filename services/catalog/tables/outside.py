"""What stands around the table: the council's name, and what a publisher has completed.

The council is named by a line "Совет: ..." or by the signature "Председатель Совета ...". An
export's lines "Дополнено издателем: строка 1, графа validity_term: ..." are completions.
"""

import re
from dataclasses import dataclass, field

from services.catalog.tables.cells import one_line
from services.catalog.tables.findings import Notes

COUNCIL = "Совет: "
TITLE = "Перечень квалификаций"
COMPLETED = "Дополнено издателем: строка {row}, графа {column}: {reason}"

_COMPLETED = re.compile(r"Дополнено издателем: строка (\d{1,4}), графа ([a-z_]+): (.+)", re.DOTALL)
_SIGNED = re.compile(r"Председатель (Совета\b.*)")
_PERSON = re.compile(r"(?:[А-ЯЁ]\. ?){1,2}[А-ЯЁ][а-яё-]+|[А-ЯЁ][а-яё-]+ (?:[А-ЯЁ]\. ?){1,2}")


@dataclass
class Outside:
    """The council's name, None where it is not told; completions by row, from 1."""

    council: str | None = None
    completions: dict[int, list[dict[str, str]]] = field(default_factory=dict)


def read_outside(lines: tuple[str, ...], notes: Notes) -> Outside:
    """Reads the lines outside the table; one that means nothing here is told."""
    about = Outside()
    signature: list[str] | None = None
    for line in lines:
        completed = _COMPLETED.fullmatch(line)
        if line.startswith(COUNCIL) and about.council is None:
            about.council = one_line(line.removeprefix(COUNCIL))
        elif completed is not None:
            about.completions.setdefault(int(completed[1]), []).append(
                {"column": completed[2], "reason": completed[3]}
            )
        elif signature is None and (signed := _SIGNED.match(one_line(line))):
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
