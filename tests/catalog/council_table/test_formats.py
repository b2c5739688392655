"""The same table in DOCX, XLSX, CSV and text gives the same drafts; what a format adds is told."""

import io
from collections.abc import Callable

import docx
import openpyxl
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from services.catalog.council_table.grammar.limits import UnreadableTable
from tests.catalog.council_table.council_tables import (
    NUMBERS,
    as_csv,
    as_docx,
    as_text,
    as_xlsx,
    fill,
    find_places,
    printed_drafts,
    proposed_drafts,
    read,
    saved,
    table,
)

ROWS = [fragment for row in table() for fragment in row]


def merge_column_cells(column: int) -> list[list[str]]:
    """The rows, the column's text in the first alone: there the merged cell has it."""
    return [
        row if place == 0 else [*row[: column - 1], "", *row[column:]]
        for place, row in enumerate(ROWS)
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (as_csv(ROWS), "a.csv"),
        (as_csv(ROWS, "cp1251"), "a.csv"),
        (as_csv(ROWS, "utf-16", ","), "a.csv"),
        (as_csv(ROWS, delimiter="\t"), "A.CSV"),
        (as_text(ROWS), "a.txt"),
        (as_xlsx(ROWS), "a.xlsx"),
        (as_xlsx(merge_column_cells(3), merge_column=3), "a.xlsx"),
        (as_docx(ROWS), "a.docx"),
        (as_docx(ROWS, per_page=3), "a.docx"),
        (as_docx(merge_column_cells(3), merge_column=3, per_page=100), "a.docx"),
    ],
)
def test_every_format_gives_the_same(content: bytes, name: str) -> None:
    report = read(content, name)
    assert proposed_drafts(report) == printed_drafts()
    assert find_places(report, "row.split") == [(row, None) for row in range(1, 6)]
    assert find_places(report, "code.transliterated") == [(2, 5)] * 3
    assert find_places(report, "validity.missing") == [(3, 10), (4, 10), (5, 10)]


@pytest.mark.parametrize(("make", "name"), [(as_docx, "a.docx"), (as_xlsx, "a.xlsx")])
def test_tells_that_a_merged_cell_was_taken_for_the_rows_it_covers(
    make: Callable[..., bytes], name: str
) -> None:
    rows = merge_column_cells(3)
    content = as_xlsx(rows, 3) if make is as_xlsx else as_docx(rows, 3, per_page=100)
    report = read(content, name)
    assert find_places(report, "cell.merged_above") == [(2, 3), (3, 3), (4, 3), (5, 3)]


def test_an_unmarked_charset_is_told() -> None:
    (finding,) = [
        f for f in read(as_csv(ROWS, "cp1251"), "a.csv").findings if f.rule == "table.charset"
    ]
    assert finding.after == "cp1251"


def test_a_formula_is_never_evaluated() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(ROWS)))
    book.worksheets[0]["D3"] = "=1+2"
    content = io.BytesIO()
    book.save(content)
    report = read(content.getvalue(), "a.xlsx")
    assert find_places(report, "cell.formula") == [(1, 4)]
    assert proposed_drafts(report)[0]["level"] is None
    assert not report.candidates[0].applicable


def test_a_hidden_sheet_is_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(ROWS)))
    hidden_sheet = book.copy_worksheet(book.worksheets[0])
    hidden_sheet.sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)
    assert proposed_drafts(read(content.getvalue(), "a.xlsx")) == printed_drafts()


def test_numbers_that_the_editor_counts_are_part_of_the_text() -> None:
    document = docx.Document()
    docx_table = document.add_table(rows=0, cols=11)
    fill(docx_table, NUMBERS)
    row = list(ROWS[0])
    row[4], row[5] = "A/01.3", "Поддержка"
    row[8] = ""
    fill(docx_table, row)
    cell = docx_table.cell(1, 8)
    for line in printed_drafts()[0]["requirements_text"].split("\n"):
        cell.add_paragraph(line[3:], style="List Number")
    report = read(saved(document), "a.docx")
    assert proposed_drafts(report)[0]["requirements"] == printed_drafts()[0]["requirements"]


def test_bullets_are_no_numbers_and_are_not_guessed_at() -> None:
    document = docx.Document()
    docx_table = document.add_table(rows=0, cols=11)
    fill(docx_table, NUMBERS)
    fill(docx_table, [*ROWS[0][:8], "", "3 года", "-"])
    for line in printed_drafts()[0]["requirements_text"].split("\n"):
        docx_table.cell(1, 8).add_paragraph(line[3:], style="List Bullet")
    report = read(saved(document), "a.docx")
    assert proposed_drafts(report)[0]["requirements"] is None
    assert find_places(report, "requirements.unread") == [(1, 9)]


def test_inserted_text_is_read_and_deleted_text_is_not() -> None:
    document = docx.Document(io.BytesIO(as_docx(ROWS)))
    paragraph = document.tables[0].cell(1, 1).paragraphs[0]._p
    for tag, text in (("w:ins", "w:t"), ("w:del", "w:delText")):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text)
        words.text = {"w:ins": "Старший ", "w:del": "Младший "}[tag]
        words.set(qn("xml:space"), "preserve")
        run.append(words)
        change.append(run)
        paragraph.insert(0, change)
    assert proposed_drafts(read(saved(document), "a.docx"))[0]["name"] == (
        "Старший Оператор контактного центра"
    )


def test_a_csv_must_have_rows_of_the_form() -> None:
    with pytest.raises(UnreadableTable) as refusal:
        read("Наименование;Уровень\nОператор;3\n".encode(), "a.csv")
    assert refusal.value.rule == "table.delimiter"


def test_an_open_quote_is_told_with_its_line() -> None:
    content = as_csv(ROWS).decode("utf-8-sig") + '"no end'
    with pytest.raises(UnreadableTable, match="line"):
        read(content.encode(), "a.csv")
