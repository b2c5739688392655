"""Reads a council's table whole: the qualifications that it proposes, and its findings."""

from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath

from services.catalog.council_table.grammar.candidate import CandidateDraft
from services.catalog.council_table.grammar.cells import Origin
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.findings import Finding, Findings
from services.catalog.council_table.grammar.functions import has_russian_alphabet
from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.grammar.rules import Severity
from services.catalog.council_table.grammar.surroundings import (
    TableSurroundings,
    read_surroundings,
)
from services.catalog.council_table.grammar.vocabulary import Vocabulary, load_vocabulary
from services.catalog.council_table.reading.read_card import holds_cards, read_cards
from services.catalog.council_table.reading.read_draft import find_dashed_columns, read_draft
from services.catalog.council_table.reading.read_file import read_file
from services.catalog.council_table.reading.row_joining import (
    JoinedRow,
    join_rows,
    report_remarks,
)
from shared.letters import describe_letters, find_unprintable
from shared.text import normalize_title


@dataclass(frozen=True)
class CandidateQualification:
    """A qualification that the table proposes.

    `row` counts qualifications from 1. What could not be read of the `draft` is None and has an
    error among the findings. `source` are the eleven cells as printed (fragments joined, markup
    stripped), `origins` the rows of the file they come from.
    """

    row: int
    draft: CandidateDraft
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
    findings = Findings()
    raw_table = read_file(content, PurePath(file_name).suffix.lower(), limits)
    if raw_table.charset is not None:
        findings.add("table.charset", after=raw_table.charset)
    report_remarks(raw_table.remarks, findings)
    if holds_cards(raw_table):
        joined_table = read_cards(raw_table)
    else:
        joined_table = join_rows(raw_table, findings)
    surroundings = read_surroundings(joined_table.outside_lines, findings)
    surroundings.add_cards(joined_table.cards)
    if not joined_table.rows:
        findings.add("table.empty")
    drafts = _read_drafts(joined_table.rows, surroundings, words or load_vocabulary())
    _report_unprintable(joined_table.rows)
    _report_russian_alphabet(joined_table.rows)
    _report_duplicates(drafts, joined_table.rows)
    candidates = (
        _build_candidate(row_number, row, draft)
        for row_number, (row, draft) in enumerate(zip(joined_table.rows, drafts, strict=True), 1)
    )
    return TableReport(tuple(candidates), tuple(findings.items))


def _read_drafts(
    rows: tuple[JoinedRow, ...], surroundings: TableSurroundings, words: Vocabulary
) -> list[CandidateDraft]:
    """The drafts of the rows, with what the lines around the table say of each."""
    dashed_columns = find_dashed_columns(rows)
    drafts: list[CandidateDraft] = []
    for row_number, row in enumerate(rows, 1):
        draft = read_draft(row, surroundings.council, dashed_columns, words)
        if completions := surroundings.completions.get(row_number):
            draft = draft.model_copy(update={"completed_by_publisher": completions})
        if card := surroundings.cards.get(row_number):
            draft = draft.model_copy(update=dict(card))
        drafts.append(draft)
    return drafts


def _build_candidate(
    row_number: int, row: JoinedRow, draft: CandidateDraft
) -> CandidateQualification:
    """A row that was read, with its origin and findings."""
    return CandidateQualification(
        row_number, draft, tuple(row.cells), tuple(row.origins), tuple(row.findings.items)
    )


def _report_unprintable(rows: tuple[JoinedRow, ...]) -> None:
    """Records a finding for each cell with characters that no certificate could print."""
    for row in rows:
        for column in Column:
            letters = find_unprintable(row.get_cell(column))
            if letters:
                row.findings.add("cell.unprintable", column, letters=describe_letters(letters))


def _report_russian_alphabet(rows: tuple[JoinedRow, ...]) -> None:
    """Records a finding in rows whose codes had Cyrillic letters read as Latin ones.

    Only in a table where a code uses the Russian alphabet (see `has_russian_alphabet`).
    """
    column = Column.FUNCTION_CODES
    if any(has_russian_alphabet(row.get_cell(column)) for row in rows):
        for row in rows:
            if any(finding.rule == "code.cyrillic" for finding in row.findings.items):
                row.findings.add("code.russian_alphabet", column, before=row.get_cell(column))


def _report_duplicates(drafts: list[CandidateDraft], rows: tuple[JoinedRow, ...]) -> None:
    """Records a finding in each row that names the same qualification as an earlier row."""
    rows_by_identity: dict[tuple[object, ...], int] = {}
    rows_by_number: dict[str, int] = {}
    for row_number, (draft, row) in enumerate(zip(drafts, rows, strict=True), 1):
        earlier_row = rows_by_identity.setdefault(_identity(draft), row_number)
        if draft.registry_number is not None and earlier_row == row_number:
            earlier_row = rows_by_number.setdefault(draft.registry_number, row_number)
        if draft.name is not None and earlier_row != row_number:
            row.findings.add("qualification.duplicate", other=earlier_row)


def _identity(draft: CandidateDraft) -> tuple[object, ...]:
    """What tells a qualification from the others of its table."""
    standard = draft.occupational_standard
    return (
        normalize_title(draft.name or ""),
        draft.level,
        draft.sublevel,
        (standard.code, normalize_title(standard.title)) if standard is not None else None,
    )
