"""A council's table of qualifications, read with its defects found, and written again.

Pure: bytes in, a report out; no database, no clock, no network. The table is the form of the
Ministry of Labour's order 726n of 12.12.2016 (annex): eleven columns, one qualification a row.

    content ── read_docx | read_xlsx | read_csv | read_text ──> rows of cells with their origin
            ── joining ──> one row of eleven cells for each qualification
            ── functions, standards, requirements, columns ──> drafts and findings
            ── reading.read_table ──> TableReport

`write_docx` and `write_csv` write drafts in the same form; reading what they wrote gives the same
drafts. Nothing is guessed: what a stated rule does not read stays as it was printed, with a
finding.
"""

from services.catalog.tables.cells import Origin
from services.catalog.tables.findings import COLUMNS, Finding
from services.catalog.tables.limits import (
    Limits,
    NotExpressible,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.tables.reading import Candidate, TableReport, read_table
from services.catalog.tables.rules import RULES, Severity
from services.catalog.tables.write_csv import write_csv
from services.catalog.tables.write_docx import write_docx

__all__ = [
    "COLUMNS",
    "RULES",
    "Candidate",
    "Finding",
    "Limits",
    "NotExpressible",
    "Origin",
    "Severity",
    "TableReport",
    "TableTooLarge",
    "UnreadableTable",
    "read_table",
    "write_csv",
    "write_docx",
]
