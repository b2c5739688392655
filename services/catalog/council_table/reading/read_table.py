"""Reads a council's table whole: the qualifications that it proposes, and its findings."""

from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Any

from services.catalog.council_table.grammar.cells import COLUMN_COUNT, Origin, RawTable
from services.catalog.council_table.grammar.columns import (
    CHARACTERISTICS_COLUMN,
    INFORMATION_COLUMN,
    LEGAL_REQUIREMENT_COLUMN,
    is_dash,
    read_level,
    read_name,
    read_optional_text,
    read_registry_number,
    read_validity_term,
)
from services.catalog.council_table.grammar.findings import Finding, Findings
from services.catalog.council_table.grammar.functions import (
    CODES_COLUMN,
    has_russian_alphabet,
    read_functions,
)
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.grammar.standards import read_standards
from services.catalog.council_table.grammar.surroundings import read_surroundings
from services.catalog.council_table.grammar.titles import read_job_titles
from services.catalog.council_table.grammar.vocabulary import Vocabulary, load_vocabulary
from services.catalog.council_table.reading.archive import check_archive, refuse_ole_file
from services.catalog.council_table.reading.read_csv import read_csv
from services.catalog.council_table.reading.read_docx import read_docx
from services.catalog.council_table.reading.read_text import read_text
from services.catalog.council_table.reading.read_xlsx import read_xlsx
from services.catalog.council_table.reading.row_joining import JoinedRow, join_rows

_ARCHIVE_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_MACRO_SUFFIXES = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam"})
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_ZIP_MARK = b"PK"


@dataclass(frozen=True)
class CandidateQualification:
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
        """Whether it has no finding of severity `ERROR`, which a person must resolve first."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@dataclass(frozen=True)
class TableReport:
    """The qualifications that a table proposes, row by row, and findings about the whole table."""

    candidates: tuple[CandidateQualification, ...]
    table_findings: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: the table's, then each row's in the order of reading."""
        rows = chain.from_iterable(candidate.findings for candidate in self.candidates)
        return (*self.table_findings, *rows)


def read_table(
    content: bytes, file_name: str, limits: TableLimits, words: Vocabulary | None = None
) -> TableReport:
    """Reads a council's table in DOCX, XLSX, CSV, or text as extracted from a PDF.

    The same bytes give the same report. Raises `UnreadableTable`, or its `TableTooLarge`, for a
    file that is refused whole; everything else that is wrong is a finding.
    """
    used_vocabulary = words or load_vocabulary()
    findings = Findings()
    raw_table = _read_raw_table(content, PurePath(file_name).suffix.lower(), limits)
    if raw_table.charset is not None:
        findings.add("table.charset", after=raw_table.charset)
    joined_table = join_rows(raw_table.rows, findings)
    surroundings = read_surroundings(joined_table.outside_lines, findings)
    if not joined_table.rows:
        findings.add("table.empty")
    dashed_columns = frozenset(
        column
        for column in range(1, COLUMN_COUNT + 1)
        if any(is_dash(row.cells[column - 1]) for row in joined_table.rows)
    )
    drafts = [
        _read_draft(row, surroundings.council, dashed_columns, used_vocabulary)
        for row in joined_table.rows
    ]
    for row, completions in surroundings.completions.items():
        if row <= len(drafts):
            drafts[row - 1]["completed_by_publisher"] = completions
    for row, card in surroundings.cards.items():
        if row <= len(drafts):
            drafts[row - 1] |= card
    _report_russian_alphabet(joined_table.rows)
    _report_duplicates(drafts, joined_table.rows)
    return TableReport(
        tuple(
            CandidateQualification(
                row.findings.row or 0,
                draft,
                tuple(row.cells),
                tuple(row.origins),
                tuple(row.findings.items),
            )
            for row, draft in zip(joined_table.rows, drafts, strict=True)
        ),
        tuple(findings.items),
    )


def _read_raw_table(content: bytes, suffix: str, limits: TableLimits) -> RawTable:
    """The file's rows. Its suffix and its real type must agree.

    Raises `UnreadableTable`, `TableTooLarge`.
    """
    if len(content) > limits.upload_bytes:
        raise TableTooLarge(
            "table.upload_size", f"A file may have at most {limits.upload_bytes} bytes."
        )
    if suffix in _MACRO_SUFFIXES:
        raise UnreadableTable(
            "table.macros", "The file's type allows macros. Save it as DOCX or XLSX."
        )
    if suffix not in _TEXT_SUFFIXES | _ARCHIVE_PARTS.keys():
        raise UnreadableTable("table.type", "Upload a table as DOCX, XLSX, CSV or TXT.")
    if not content.strip():
        raise UnreadableTable("table.damaged", "The file is empty.")
    refuse_ole_file(content)
    if (suffix in _ARCHIVE_PARTS) != content.startswith(_ZIP_MARK) or content.startswith(b"%PDF"):
        raise _wrong_type_error(suffix)
    if suffix in _ARCHIVE_PARTS:
        if _ARCHIVE_PARTS[suffix] not in check_archive(content, limits):
            raise _wrong_type_error(suffix)
        return read_docx(content, limits) if suffix == ".docx" else read_xlsx(content, limits)
    return read_csv(content, limits) if suffix == ".csv" else read_text(content, limits)


def _wrong_type_error(suffix: str) -> UnreadableTable:
    return UnreadableTable(
        "table.type",
        f"The file is named {suffix} but is of another type. A PDF must be saved as text first.",
    )


def _read_draft(
    row: JoinedRow, council: str | None, dashed_columns: frozenset[int], words: Vocabulary
) -> dict[str, Any]:
    """Reads a row's cells as the members of a draft; its findings are added to the row."""
    findings = row.findings
    (number, name, standard, level_cell, codes, names, additional, legal) = row.cells[:8]
    documents, term, characteristics_cell = row.cells[8:]
    level, sublevel = read_level(level_cell, findings)
    standards = read_standards(standard, words.standard_codes, findings)
    first_standard = standards[0]["code"] if standards else None
    draft: dict[str, Any] = {
        "council": council,
        "registry_number": read_registry_number(number, findings),
        "name": read_name(name, level, words, findings),
        "occupational_standard": standards[0] if standards else None,
        "further_standards": standards[1:],
        "level": level,
        "sublevel": sublevel,
        "labour_functions": read_functions(codes, names, level, findings, first_standard),
    }
    draft["additional_information"] = read_optional_text(
        INFORMATION_COLUMN, additional, dashed_columns, findings
    )
    draft["legal_requirement"] = read_optional_text(
        LEGAL_REQUIREMENT_COLUMN, legal, dashed_columns, findings
    )
    rule, prose = read_requirements(documents, words, findings)
    titles, characteristics = read_job_titles(
        read_optional_text(CHARACTERISTICS_COLUMN, characteristics_cell, dashed_columns, findings)
    )
    return draft | {
        "requirements": rule.model_dump(mode="json") if rule is not None else None,
        "requirements_text": prose,
        "validity_term": read_validity_term(term, words, findings),
        "additional_characteristics": characteristics,
        "job_titles": titles,
        "activity_type": None,
        "special_conditions": None,
        "classifiers": [],
        "completed_by_publisher": [],
    }


def _report_russian_alphabet(rows: tuple[JoinedRow, ...]) -> None:
    """Records a finding in rows whose codes had Cyrillic letters read as Latin ones.

    Only in a table where a code uses the Russian alphabet (see `has_russian_alphabet`).
    """
    if any(has_russian_alphabet(row.cells[CODES_COLUMN - 1]) for row in rows):
        for row in rows:
            if any(finding.rule == "code.cyrillic" for finding in row.findings.items):
                row.findings.add(
                    "code.russian_alphabet", CODES_COLUMN, before=row.cells[CODES_COLUMN - 1]
                )


def _report_duplicates(drafts: list[dict[str, Any]], rows: tuple[JoinedRow, ...]) -> None:
    """Records a finding in each row that names the same qualification as an earlier row."""
    rows_by_identity: dict[tuple[object, ...], int] = {}
    rows_by_number: dict[str, int] = {}
    for row_number, (draft, row) in enumerate(zip(drafts, rows, strict=True), 1):
        standard = draft["occupational_standard"] or {}
        identity = (
            (draft["name"] or "").casefold(),
            *(draft["level"], draft["sublevel"], standard.get("code"), standard.get("title")),
        )
        earlier_row = rows_by_identity.setdefault(identity, row_number)
        if draft["registry_number"] is not None and earlier_row == row_number:
            earlier_row = rows_by_number.setdefault(draft["registry_number"], row_number)
        if draft["name"] is not None and earlier_row != row_number:
            row.findings.add("qualification.duplicate", other=earlier_row)
