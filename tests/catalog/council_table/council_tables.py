"""The seed's table and its reviewed data, and the same table made anew in other formats."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.table import Table

from services.catalog.council_table.grammar.limits import TableLimits
from services.catalog.council_table.reading.read_table import TableReport, read_table
from services.catalog.qualification.form import QualificationDraft

LIMITS = TableLimits()
SEED = Path(__file__).parent / "samples" / "council-table-07.010.txt"
DATA = Path("services/catalog/data")
COMPLETED_BY_PUBLISHER = {"order_number": None, "order_date": None}
NUMBERS = [f"{number}." for number in range(1, 12)]
COUNCIL = (
    "Совет по профессиональным квалификациям офисных специалистов и вспомогательных "
    "административных работников"
)
STANDARD = (
    "Специалист по дистанционному информационно-справочному обслуживанию\n"
    "Приказ Минтруда РФ от г. N"
)

Cells = list[str]


def reviewed() -> list[dict[str, Any]]:
    """The reviewed drafts, as they are."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))]


def printed_drafts() -> list[dict[str, Any]]:
    """The reviewed drafts without what the publisher completed."""
    drafts = [
        QualificationDraft.model_validate(draft).model_dump(mode="json") for draft in reviewed()
    ]
    for draft in drafts:
        draft["occupational_standard"] |= COMPLETED_BY_PUBLISHER
        if "validity_term" in {
            completion["column"] for completion in draft["completed_by_publisher"]
        }:
            draft["validity_term"] = None
        draft["completed_by_publisher"] = []
    return drafts


def table() -> list[list[Cells]]:
    """The form's rows made from the data, each cut as by page breaks: fragments of 11 cells."""
    return [fragments(number, draft) for number, draft in enumerate(printed_drafts(), 1)]


def fragments(number: int, draft: dict[str, Any]) -> list[Cells]:
    """A qualification's row in two: the first function and half of the prose, then the rest."""
    codes = [function["code"].replace("B/", "V/") for function in draft["labour_functions"]]
    names = [function["name"] for function in draft["labour_functions"]]
    words = draft["requirements_text"].split(" ")
    level = f"{draft['name']} {draft['level']} уровень квалификации"
    term = "3 года" if draft["validity_term"] else ""
    dash = "-" if number < 3 else ""
    first = [f"{number}.", level, STANDARD, str(draft["level"]), codes[0], names[0]]
    second = ["", "", "", "", "\n".join(codes[1:]), "\n".join(names[1:])]
    return [
        [*first, dash, dash, " ".join(words[:3]), term, ""],
        [*second, "", "", " ".join(words[3:]), "", ""],
    ]


def as_csv(rows: Sequence[Cells], charset: str = "utf-8-sig", delimiter: str = ";") -> bytes:
    """The rows as CSV under the council's name."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([[f"Совет: {COUNCIL}"], NUMBERS, *rows])
    return text.getvalue().encode(charset)


def as_text(rows: Sequence[Cells]) -> bytes:
    """The rows as a PDF's extraction has them: paragraphs marked, a page after every row."""
    lines = [f"Совет: {COUNCIL}", "\t".join(NUMBERS)]
    for row in rows:
        cells = (cell and f"<p>{cell}</p>".replace("\n", "</p> <p>") for cell in row)
        lines += ["", "\t".join(cells), "\t".join(["--"] * 11)]
    return "\n".join(lines).encode()


def as_xlsx(rows: Sequence[Cells], merge_column: int | None = None) -> bytes:
    """The rows as a workbook; a column may be merged from the first row to the last."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ([f"Совет: {COUNCIL}"], NUMBERS, *rows):
        sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    if merge_column is not None:
        column, last = merge_column, 2 + len(rows)
        sheet.merge_cells(start_row=3, end_row=last, start_column=column, end_column=column)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_docx(rows: Sequence[Cells], merge_column: int | None = None, per_page: int = 4) -> bytes:
    """The rows as a document of several tables, each with the head; a column may be merged."""
    document = docx.Document()
    document.add_paragraph(f"Совет: {COUNCIL}")
    for start in range(0, len(rows), per_page):
        docx_table = document.add_table(rows=0, cols=11)
        page = [NUMBERS, *rows[start : start + per_page]]
        for row in page:
            fill(docx_table, row)
        if merge_column is not None:
            column = merge_column - 1
            text = docx_table.cell(1, column).text
            merged_cell = docx_table.cell(1, column).merge(docx_table.cell(len(page) - 1, column))
            merged_cell.text = text
        document.add_paragraph()
    return saved(document)


def fill(docx_table: Table, row: Cells) -> None:
    """Adds a row, a paragraph for each line of a cell."""
    cells: Any = docx_table.add_row().cells  # type: ignore[no-untyped-call]
    for cell, text in zip(cells, row, strict=True):
        first, *other_lines = text.split("\n")
        cell.paragraphs[0].text = first
        for line in other_lines:
            cell.add_paragraph(line)


def saved(document: Any) -> bytes:
    """The document's bytes."""
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def read(content: bytes, name: str) -> TableReport:
    """The report, within the usual limits."""
    return read_table(content, name, LIMITS)


def proposed_drafts(report: TableReport) -> list[dict[str, Any]]:
    """What the table proposes, in the JSON form."""
    return [candidate.draft.model_dump(mode="json") for candidate in report.candidates]


def find_places(report: TableReport, rule: str) -> list[tuple[int | None, int | None]]:
    """Where the rule has a finding: row and column."""
    return [(finding.row, finding.column) for finding in report.findings if finding.rule == rule]
