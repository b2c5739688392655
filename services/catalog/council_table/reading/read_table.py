"""A council's table, whole: what it proposes, and what was found in it."""

from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Any

from services.catalog.council_table.grammar.cells import WIDTH, Origin, RawTable
from services.catalog.council_table.grammar.columns import (
    ADDITIONAL,
    CHARACTERISTICS,
    LEGAL,
    is_dash,
    read_level,
    read_name,
    read_number,
    read_optional,
    read_term,
)
from services.catalog.council_table.grammar.findings import Finding, Notes
from services.catalog.council_table.grammar.functions import (
    CODES,
    has_russian_alphabet,
    read_functions,
)
from services.catalog.council_table.grammar.limits import Limits, TableTooLarge, UnreadableTable
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.grammar.standards import read_standards
from services.catalog.council_table.grammar.surroundings import read_outside
from services.catalog.council_table.grammar.titles import read_titles
from services.catalog.council_table.grammar.vocabulary import Vocabulary, vocabulary
from services.catalog.council_table.reading.archive import check_archive, refuse_ole
from services.catalog.council_table.reading.read_csv import read_csv
from services.catalog.council_table.reading.read_docx import read_docx
from services.catalog.council_table.reading.read_text import read_text
from services.catalog.council_table.reading.read_xlsx import read_xlsx
from services.catalog.council_table.reading.row_joining import JoinedRow, join

_ARCHIVES = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_MACROS = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam"})
_TEXTS = frozenset({".csv", ".tsv", ".txt"})
_ZIP = b"PK"


@dataclass(frozen=True)
class Candidate:
    """A qualification that the table proposes.

    `row` counts qualifications from 1. `draft` has the members of the catalog's draft; one that
    could not be read is None and has an error among the findings. `source` are the eleven cells as
    printed (fragments joined, markup stripped), `origins` the rows of the file they come from.
    """

    row: int
    draft: dict[str, Any]
    source: tuple[str, ...]
    origins: tuple[Origin, ...]
    findings: tuple[Finding, ...]

    @property
    def applicable(self) -> bool:
        """Whether nothing in it needs a person's decision first."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclass(frozen=True)
class TableReport:
    """What a table proposes, row by row, and what was found about the table as a whole."""

    candidates: tuple[Candidate, ...]
    table_findings: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: the table's, then each row's in the order of reading."""
        rows = chain.from_iterable(candidate.findings for candidate in self.candidates)
        return (*self.table_findings, *rows)


def read_table(
    content: bytes, file_name: str, limits: Limits, words: Vocabulary | None = None
) -> TableReport:
    """Reads a council's table in DOCX, XLSX, CSV, or text as extracted from a PDF.

    The same bytes give the same report. Raises `UnreadableTable`, or its `TableTooLarge`, for a
    file that is refused whole; everything else that is wrong is a finding.
    """
    known = words or vocabulary()
    notes = Notes()
    raw = _raw(content, PurePath(file_name).suffix.lower(), limits)
    if raw.charset is not None:
        notes.add("table.charset", after=raw.charset)
    joined = join(raw.rows, notes)
    about = read_outside(joined.outside, notes)
    if not joined.rows:
        notes.add("table.empty")
    dashed = frozenset(
        column
        for column in range(1, WIDTH + 1)
        if any(is_dash(row.cells[column - 1]) for row in joined.rows)
    )
    drafts = [_draft(row, about.council, dashed, known) for row in joined.rows]
    for row, completions in about.completions.items():
        if row <= len(drafts):
            drafts[row - 1]["completed_by_publisher"] = completions
    for row, card in about.cards.items():
        if row <= len(drafts):
            drafts[row - 1] |= card
    _check_alphabet(joined.rows)
    _check_duplicates(drafts, joined.rows)
    return TableReport(
        tuple(
            Candidate(
                row.notes.row or 0,
                draft,
                tuple(row.cells),
                tuple(row.origins),
                tuple(row.notes.found),
            )
            for row, draft in zip(joined.rows, drafts, strict=True)
        ),
        tuple(notes.found),
    )


def _raw(content: bytes, suffix: str, limits: Limits) -> RawTable:
    """The file's rows, by its suffix and by what it really is, which must agree."""
    if len(content) > limits.upload_bytes:
        raise TableTooLarge(
            "table.upload_size", f"A file may have at most {limits.upload_bytes} bytes."
        )
    if suffix in _MACROS:
        raise UnreadableTable(
            "table.macros", "The file's type allows macros. Save it as DOCX or XLSX."
        )
    if suffix not in _TEXTS | _ARCHIVES.keys():
        raise UnreadableTable("table.type", "Upload a table as DOCX, XLSX, CSV or TXT.")
    if not content.strip():
        raise UnreadableTable("table.damaged", "The file is empty.")
    refuse_ole(content)
    if (suffix in _ARCHIVES) != content.startswith(_ZIP) or content.startswith(b"%PDF"):
        raise _other_type(suffix)
    if suffix in _ARCHIVES:
        if _ARCHIVES[suffix] not in check_archive(content, limits):
            raise _other_type(suffix)
        return read_docx(content, limits) if suffix == ".docx" else read_xlsx(content, limits)
    return read_csv(content, limits) if suffix == ".csv" else read_text(content, limits)


def _other_type(suffix: str) -> UnreadableTable:
    return UnreadableTable(
        "table.type",
        f"The file is named {suffix} but is of another type. A PDF must be saved as text first.",
    )


def _draft(
    row: JoinedRow, council: str | None, dashed: frozenset[int], words: Vocabulary
) -> dict[str, Any]:
    notes = row.notes
    (number, name, standard, level_cell, codes, names, additional, legal) = row.cells[:8]
    documents, term, last = row.cells[8:]
    level, sublevel = read_level(level_cell, notes)
    standards = read_standards(standard, words.standards, notes)
    first = standards[0]["code"] if standards else None
    draft: dict[str, Any] = {
        "council": council,
        "registry_number": read_number(number, notes),
        "name": read_name(name, level, words, notes),
        "occupational_standard": standards[0] if standards else None,
        "further_standards": standards[1:],
        "level": level,
        "sublevel": sublevel,
        "labour_functions": read_functions(codes, names, level, notes, first),
    }
    draft["additional_information"] = read_optional(ADDITIONAL, additional, dashed, notes)
    draft["legal_requirement"] = read_optional(LEGAL, legal, dashed, notes)
    rule, prose = read_requirements(documents, words, notes)
    titles, characteristics = read_titles(read_optional(CHARACTERISTICS, last, dashed, notes))
    return draft | {
        "requirements": rule.model_dump(mode="json") if rule is not None else None,
        "requirements_text": prose,
        "validity_term": read_term(term, words, notes),
        "additional_characteristics": characteristics,
        "job_titles": titles,
        "activity_type": None,
        "special_conditions": None,
        "classifiers": [],
        "completed_by_publisher": [],
    }


def _check_alphabet(rows: tuple[JoinedRow, ...]) -> None:
    if any(has_russian_alphabet(row.cells[CODES - 1]) for row in rows):
        for row in rows:
            if any(finding.rule == "code.cyrillic" for finding in row.notes.found):
                row.notes.add("code.russian_alphabet", CODES, before=row.cells[CODES - 1])


def _check_duplicates(drafts: list[dict[str, Any]], rows: tuple[JoinedRow, ...]) -> None:
    """Tells each row that names the same qualification as an earlier one."""
    first: dict[tuple[object, ...], int] = {}
    numbers: dict[str, int] = {}
    for place, (draft, row) in enumerate(zip(drafts, rows, strict=True), 1):
        standard = draft["occupational_standard"] or {}
        same = (
            (draft["name"] or "").casefold(),
            *(draft["level"], draft["sublevel"], standard.get("code"), standard.get("title")),
        )
        other = first.setdefault(same, place)
        if draft["registry_number"] is not None and other == place:
            other = numbers.setdefault(draft["registry_number"], place)
        if draft["name"] is not None and other != place:
            row.notes.add("qualification.duplicate", other=other)
