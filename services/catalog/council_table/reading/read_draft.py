"""A row's eleven cells as a draft: each column by its own grammar."""

from services.catalog.council_table.grammar.candidate import (
    CandidateDraft,
    CandidateFunction,
    CandidateStandard,
)
from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.functions import read_functions
from services.catalog.council_table.grammar.requirements import read_requirements
from services.catalog.council_table.grammar.short_columns import (
    is_dash,
    read_level,
    read_name,
    read_optional_text,
    read_registry_number,
    read_validity_term,
)
from services.catalog.council_table.grammar.standards import read_standards
from services.catalog.council_table.grammar.titles import read_job_titles
from services.catalog.council_table.grammar.vocabulary import Vocabulary
from services.catalog.council_table.reading.row_joining import JoinedRow


def find_dashed_columns(rows: tuple[JoinedRow, ...]) -> frozenset[Column]:
    """The columns that have a dash in some row: there a blank is no dash."""
    return frozenset(
        column for column in Column if any(is_dash(row.get_cell(column)) for row in rows)
    )


def read_draft(
    row: JoinedRow, council: str | None, dashed_columns: frozenset[Column], words: Vocabulary
) -> CandidateDraft:
    """Reads a row's cells as the members of a draft; its findings are added to the row."""
    findings = row.findings

    def read_optional(column: Column) -> str | None:
        return read_optional_text(column, row.get_cell(column), dashed_columns, findings)

    level, sublevel = read_level(row.get_cell(Column.LEVEL), findings)
    standards = _read_row_standards(row, words)
    registry_number = read_registry_number(row.get_cell(Column.REGISTRY_NUMBER), findings)
    name = read_name(row.get_cell(Column.NAME), level, words, findings)
    functions = _read_row_functions(row, level, standards)
    additional_information = read_optional(Column.ADDITIONAL_INFORMATION)
    legal_requirement = read_optional(Column.LEGAL_REQUIREMENT)
    rule, prose = read_requirements(row.get_cell(Column.REQUIREMENTS), words, findings)
    titles, characteristics = read_job_titles(read_optional(Column.ADDITIONAL_CHARACTERISTICS))
    return CandidateDraft(
        council=council,
        registry_number=registry_number,
        name=name,
        occupational_standard=standards[0] if standards else None,
        further_standards=standards[1:],
        level=level,
        sublevel=sublevel,
        labour_functions=functions,
        additional_information=additional_information,
        legal_requirement=legal_requirement,
        requirements=rule,
        requirements_text=prose,
        validity_term=read_validity_term(row.get_cell(Column.VALIDITY_TERM), words, findings),
        additional_characteristics=characteristics,
        job_titles=titles,
    )


def _read_row_standards(row: JoinedRow, words: Vocabulary) -> tuple[CandidateStandard, ...]:
    """The standards of the row, the first in front."""
    cell = row.get_cell(Column.OCCUPATIONAL_STANDARD)
    return read_standards(cell, words.standard_codes, row.findings)


def _read_row_functions(
    row: JoinedRow, level: int | None, standards: tuple[CandidateStandard, ...]
) -> tuple[CandidateFunction, ...]:
    """The labour functions of the row; those of the first standard do not name it."""
    return read_functions(
        row.get_cell(Column.FUNCTION_CODES),
        row.get_cell(Column.FUNCTION_NAMES),
        level,
        row.findings,
        standards[0].code if standards else None,
    )
