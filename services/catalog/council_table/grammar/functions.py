"""Columns 5 and 6: codes of labour functions, and their names.

A code is `A/01.3`: the generalised function's Latin letter, the function's two-digit number, its
level, and perhaps a sublevel. A third of printed codes have a Cyrillic letter of the same shape
(АВСЕНКМОРТХ); it is read as the Latin one. `V` is the Cyrillic В transliterated by sound, read as
B: a standard would need twenty-two generalised functions to have a V of its own. Other Cyrillic
letters have no one Latin reading and stay as they are.

Where a qualification rests on several standards, a line with a standard's code alone (`07.010`)
stands before the codes that belong to it.
"""

import re
from collections import Counter

from services.catalog.council_table.grammar.findings import Notes

CODES, NAMES = 5, 6

_LATIN = dict(zip("АВСЕНКМОРТХ", "ABCEHKMOPTX", strict=True))
_DIGITS = str.maketrans({"О": "0", "O": "0", "о": "0", "o": "0", "З": "3", "з": "3"})
_CODE = re.compile(r"[A-Z]/\d{2}\.\d(?:\.\d)?")
_PRINTED = re.compile(
    r"([A-Za-zА-ЯЁа-яё])\s*[/\\]\s*([0-9ОOоoЗз]{1,2})\s*[.,]\s*([0-9ОOоoЗз](?:\s*[.,]\s*\d)?)"
)
_STANDARD = re.compile(r"\s*(\d{2}\.\d{3})\s*")
_BETWEEN = re.compile(r"[\s,;]*")
_PART = re.compile(r"\S+")
_OPENING = re.compile(r"(?<=[a-zа-яё0-9)»])\s+(?=[A-ZА-ЯЁ][a-zа-яё-])")


def normalised(code: str) -> tuple[str, tuple[str, ...]] | None:
    """The code as `A/01.3`, and the rules by which it was repaired, in order; None if unreadable.

    Reading a normalised code again changes nothing.
    """
    printed = _PRINTED.fullmatch(code.strip())
    if printed is None:
        return None
    rules: list[str] = []
    letter = printed[1].upper()
    if letter in _LATIN:
        letter = _LATIN[letter]
        rules.append("code.cyrillic")
    elif letter == "V":
        letter = "B"
        rules.append("code.transliterated")
    digits = re.sub(r"\s", "", printed[3].translate(_DIGITS)).replace(",", ".")
    read = f"{letter}/{printed[2].translate(_DIGITS).zfill(2)}.{digits}"
    if not _CODE.fullmatch(read):
        return None
    if read[1:] != printed[0][1:] or printed[1] != printed[1].upper():
        rules.append("code.spelling")
    return read, tuple(rules)


def read_functions(
    codes_cell: str, names_cell: str, level: int | None, notes: Notes, first: str | None = None
) -> list[dict[str, str | None]]:
    """The functions as the draft has them. A name is None where names cannot be told apart.

    `first` is the code of the first standard, whose functions need not name it.
    """
    codes = [
        (None if standard == first else standard, code)
        for standard, cell in _by_standard(codes_cell)
        for code in _read_codes(cell, notes)
    ]
    if not codes:
        notes.add("codes.missing", CODES)
    for (_, code), times in Counter(codes).items():
        if times > 1:
            notes.add("code.duplicate", CODES, code=code)
        if level is not None and _CODE.fullmatch(code) and level_of(code) != level:
            notes.add("code.level_differs", CODES, before=code, code=code, level=level)
    names = split_names(names_cell, len(codes), notes) or [None] * len(codes)
    return [
        {"code": code, "name": name, "standard": standard}
        for (standard, code), name in zip(codes, names, strict=True)
    ]


def _by_standard(cell: str) -> list[tuple[str | None, str]]:
    """The cell in parts, each with the standard whose code stands alone on the line above it."""
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in cell.split("\n"):
        if heading := _STANDARD.fullmatch(line):
            parts.append((heading[1], []))
        else:
            parts[-1][1].append(line)
    return [(standard, "\n".join(lines)) for standard, lines in parts if lines]


def level_of(code: str) -> int:
    """The level in a normalised code: 3 in `A/01.3`."""
    return int(code[5])


def has_russian_alphabet(codes_cell: str) -> bool:
    """Whether a code's letter is one that only the Russian alphabet has (Б, Г, Д, ...).

    Then its В may be the third letter, not a B, and no Cyrillic letter has one reading.
    """
    letters = (printed[1].upper() for printed in _PRINTED.finditer(codes_cell))
    return any("А" <= letter <= "Я" and letter not in _LATIN for letter in letters)


def _read_codes(cell: str, notes: Notes) -> list[str]:
    """Every code of the cell; what lies between them is told as an error and left out."""
    codes: list[str] = []
    rest = 0
    for printed in _PRINTED.finditer(cell):
        _tell_unread(cell[rest : printed.start()], notes)
        rest = printed.end()
        read = normalised(printed[0])
        if read is None:
            notes.add("code.unread", CODES, before=printed[0])
            continue
        codes.append(read[0])
        for rule in read[1]:
            notes.add(rule, CODES, before=printed[0], after=read[0])
    _tell_unread(cell[rest:], notes)
    return codes


def _tell_unread(between: str, notes: Notes) -> None:
    for part in _PART.finditer(between):
        if not _BETWEEN.fullmatch(part[0]):
            notes.add("code.unread", CODES, before=part[0])


def split_names(cell: str, count: int, notes: Notes) -> list[str | None] | None:
    """Exactly `count` names, or None, with an error, where that many cannot be told apart.

    As many lines as codes are the names. Otherwise a line that opens with a small letter continues
    the one above. If there are still fewer than `count`, every capital after a small letter, digit
    or closing bracket opens a name too; if that makes exactly `count`, it is told as a repair.
    """
    lines = cell.split("\n") if cell else []
    if len(lines) == count:
        if any(line[0].islower() for line in lines[1:]):
            notes.add("names.small_letter", NAMES)
        return list(lines)
    paragraphs = _paragraphs(cell)
    if len(paragraphs) == count:
        return list(paragraphs)
    names = [name for paragraph in paragraphs for name in _OPENING.split(paragraph)]
    if len(paragraphs) < count == len(names):
        notes.add("names.split", NAMES, before=cell, after="\n".join(names), count=count)
        return list(names)
    notes.add("names.count", NAMES, before=cell, codes=count, names=len(paragraphs))
    return None


def _paragraphs(cell: str) -> list[str]:
    found: list[str] = []
    for line in cell.split("\n"):
        if found and line[:1].islower():
            found[-1] = f"{found[-1]} {line}"
        elif line:
            found.append(line)
    return found
