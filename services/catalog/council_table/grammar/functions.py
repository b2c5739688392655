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

from services.catalog.council_table.grammar.candidate import CandidateFunction
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Findings

_LATIN_LETTERS = dict(zip("АВСЕНКМОРТХ", "ABCEHKMOPTX", strict=True))
_DIGITS = str.maketrans({"О": "0", "O": "0", "о": "0", "o": "0", "З": "3", "з": "3"})
_CODE = re.compile(r"[A-Z]/\d{2}\.\d(?:\.\d)?")
_PRINTED_CODE = re.compile(
    r"([A-Za-zА-ЯЁа-яё])\s*[/\\]\s*([0-9ОOоoЗз]{1,2})\s*[.,]\s*([0-9ОOоoЗз](?:\s*[.,]\s*\d)?)"
)
_STANDARD_HEADING = re.compile(r"\s*(\d{2}\.\d{3})\s*")
_SEPARATORS = re.compile(r"[\s,;]*")
_WORD = re.compile(r"\S+")
_NAME_OPENING = re.compile(r"(?<=[a-zа-яё0-9)»])\s+(?=[A-ZА-ЯЁ][a-zа-яё-])")


def normalise_code(code: str) -> tuple[str, tuple[str, ...]] | None:
    """The code as `A/01.3`, and the rules by which it was repaired, in order; None if unreadable.

    Normalising a normalised code again changes nothing.
    """
    match = _PRINTED_CODE.fullmatch(code.strip())
    if match is None:
        return None
    repairs: list[str] = []
    letter = match[1].upper()
    if letter in _LATIN_LETTERS:
        letter = _LATIN_LETTERS[letter]
        repairs.append("code.cyrillic")
    elif letter == "V":
        letter = "B"
        repairs.append("code.transliterated")
    digits = re.sub(r"\s", "", match[3].translate(_DIGITS)).replace(",", ".")
    normal_code = f"{letter}/{match[2].translate(_DIGITS).zfill(2)}.{digits}"
    if not _CODE.fullmatch(normal_code):
        return None
    if normal_code[1:] != match[0][1:] or match[1] != match[1].upper():
        repairs.append("code.spelling")
    return normal_code, tuple(repairs)


def read_functions(
    codes_cell: str,
    names_cell: str,
    level: int | None,
    findings: Findings,
    first_standard: str | None = None,
) -> tuple[CandidateFunction, ...]:
    """The functions as the draft has them; `name` is None where names cannot be told apart.

    `first_standard` is the code of the first standard, whose functions need not name it.
    """
    codes = [
        (None if standard == first_standard else standard, code)
        for standard, cell in _split_by_standard(codes_cell)
        for code in _read_codes(cell, findings)
    ]
    if not codes:
        findings.add("codes.missing", Column.FUNCTION_CODES)
    for (_, code), occurrences in Counter(codes).items():
        if occurrences > 1:
            findings.add("code.duplicate", Column.FUNCTION_CODES, code=code)
        if level is not None and _CODE.fullmatch(code) and code_level(code) != level:
            findings.add(
                "code.level_differs", Column.FUNCTION_CODES, before=code, code=code, level=level
            )
    names = split_names(names_cell, len(codes), findings) or [None] * len(codes)
    return tuple(
        CandidateFunction(code=code, name=name, standard=standard)
        for (standard, code), name in zip(codes, names, strict=True)
    )


def _split_by_standard(cell: str) -> list[tuple[str | None, str]]:
    """The cell in parts, each with the standard whose code stands alone on the line above it.

    The standard is None for the lines above the first such code.
    """
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in cell.split("\n"):
        if heading := _STANDARD_HEADING.fullmatch(line):
            parts.append((heading[1], []))
        else:
            parts[-1][1].append(line)
    return [(standard, "\n".join(lines)) for standard, lines in parts if lines]


def code_level(code: str) -> int:
    """The level in a normalised code: 3 in `A/01.3`."""
    return int(code[5])


def has_russian_alphabet(codes_cell: str) -> bool:
    """Whether a code's letter is one that only the Russian alphabet has (Б, Г, Д, ...).

    Then its В may be the third letter, not a B, and no Cyrillic letter has one reading.
    """
    letters = (match[1].upper() for match in _PRINTED_CODE.finditer(codes_cell))
    return any("А" <= letter <= "Я" and letter not in _LATIN_LETTERS for letter in letters)


def _read_codes(cell: str, findings: Findings) -> list[str]:
    """All codes of the cell; text between them is recorded as an error and left out."""
    codes: list[str] = []
    end = 0
    for match in _PRINTED_CODE.finditer(cell):
        _report_unread(cell[end : match.start()], findings)
        end = match.end()
        normal_code = normalise_code(match[0])
        if normal_code is None:
            findings.add("code.unread", Column.FUNCTION_CODES, before=match[0])
            continue
        codes.append(normal_code[0])
        for rule in normal_code[1]:
            findings.add(rule, Column.FUNCTION_CODES, before=match[0], after=normal_code[0])
    _report_unread(cell[end:], findings)
    return codes


def _report_unread(text: str, findings: Findings) -> None:
    """Records an error for every word that is not a separator of codes."""
    for word in _WORD.finditer(text):
        if not _SEPARATORS.fullmatch(word[0]):
            findings.add("code.unread", Column.FUNCTION_CODES, before=word[0])


def split_names(cell: str, count: int, findings: Findings) -> list[str | None] | None:
    """Exactly `count` names, or None, with an error, where that many cannot be told apart.

    As many lines as codes are the names. Otherwise a line that opens with a small letter continues
    the one above. If there are still fewer than `count`, every capital after a small letter, digit
    or closing bracket opens a name too; if that makes exactly `count`, it is recorded as a repair.
    """
    lines = cell.split("\n") if cell else []
    if len(lines) == count:
        if any(line[0].islower() for line in lines[1:]):
            findings.add("names.small_letter", Column.FUNCTION_NAMES)
        return list(lines)
    paragraphs = _join_continued_lines(cell)
    if len(paragraphs) == count:
        return list(paragraphs)
    names = [name for paragraph in paragraphs for name in _NAME_OPENING.split(paragraph)]
    if len(paragraphs) < count == len(names):
        findings.add(
            "names.split", Column.FUNCTION_NAMES, before=cell, after="\n".join(names), count=count
        )
        return list(names)
    findings.add(
        "names.count", Column.FUNCTION_NAMES, before=cell, codes=count, names=len(paragraphs)
    )
    return None


def _join_continued_lines(cell: str) -> list[str]:
    """The cell's lines, each that opens with a small letter joined to the one above it."""
    paragraphs: list[str] = []
    for line in cell.split("\n"):
        if paragraphs and line[:1].islower():
            paragraphs[-1] = f"{paragraphs[-1]} {line}"
        elif line:
            paragraphs.append(line)
    return paragraphs
