"""Columns are read by the head above them; heads of further pages are no qualifications."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from tests.catalog.council_table.council_tables import (
    COUNCIL,
    NUMBERS,
    as_csv,
    as_docx,
    find_places,
    read,
)
from tests.catalog.council_table.test_findings import GOOD
from tests.catalog.council_table.test_what_is_printed import (
    NAMES,
    OTHER,
    list_names,
    list_told,
    read_workbook,
)

COLUMN_NAMES = [
    "Номер квалификации в реестре",
    "Наименование квалификации",
    "Наименование и реквизиты профессионального стандарта",
    "Уровень (подуровень) квалификации",
    "Код трудовой функции",
    "Наименование трудовой функции",
    "Дополнительные сведения",
    "Квалификационное требование",
    "Перечень документов",
    "Срок действия свидетельства о квалификации",
    "Дополнительные характеристики",
]
INFORMED = [*GOOD[:6], "Сведения", "Статья 1", *GOOD[8:]]


def test_columns_names_on_every_page_are_no_qualification() -> None:
    rows = [COLUMN_NAMES, NUMBERS, GOOD, COLUMN_NAMES, NUMBERS, OTHER]
    report = read(as_docx(rows, per_page=3), "a.docx")
    assert list_names(report) == NAMES
    assert {fact[0] for fact in list_told(report)} == {"table.head_repeated"}


def test_columns_names_without_numbers_are_told_when_they_are_repeated() -> None:
    lines = [[COUNCIL], COLUMN_NAMES, GOOD, COLUMN_NAMES, OTHER]
    content = as_csv([]).decode("utf-8-sig")
    body = as_csv(lines[1:]).decode("utf-8-sig").split("\r\n", 2)[2]
    report = read((content.split("\r\n")[0] + "\r\n" + body).encode(), "a.csv")
    assert list_names(report) == NAMES
    assert len(find_places(report, "table.head_repeated")) == 1


def reorder(rows: Sequence[Sequence[str]], order: Sequence[int]) -> bytes:
    """The rows as CSV with their cells in another order, without another head."""
    text = as_csv([[row[index] for index in order] for row in rows]).decode("utf-8-sig")
    council, _, body = text.split("\r\n", 2)
    return f"{council}\r\n{body}".encode()


@pytest.mark.parametrize("head", [NUMBERS, COLUMN_NAMES], ids=["numbers", "names"])
def test_columns_in_another_order_are_read_by_their_head(head: list[str]) -> None:
    report = read(reorder([head, INFORMED], [1, 0, 2, 3, 4, 5, 7, 6, 8, 9, 10]), "a.csv")
    (candidate,) = report.candidates
    assert candidate.draft.name == GOOD[1]
    assert candidate.draft.registry_number == GOOD[0]
    assert candidate.draft.additional_information == "Сведения"
    assert candidate.draft.legal_requirement == "Статья 1"
    assert candidate.applicable, candidate.findings


def test_a_blank_column_in_front_is_no_column_of_the_form() -> None:
    rows = [["", *row] for row in (NUMBERS, GOOD, OTHER)]
    report = read(reorder(rows, range(12)), "a.csv")
    assert list_names(report) == NAMES
    assert list_told(report) == []


def test_a_row_that_lacks_a_cell_beside_a_blank_column_is_an_error() -> None:
    content = reorder([["", *row] for row in (NUMBERS, GOOD, OTHER)], range(12)).decode()
    report = read(content.replace(";3 года;-", ";3 года", 1).encode(), "a.csv")
    assert find_places(report, "row.width") == [(1, None)]


def insert_first(sheet: Any) -> None:
    sheet.insert_cols(1)


def insert_between(sheet: Any) -> None:
    sheet.insert_cols(5)


def merge_names(sheet: Any) -> None:
    sheet.insert_cols(3)
    for row in range(2, 5):
        sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=3)


@pytest.mark.parametrize("change", [insert_first, insert_between, merge_names])
def test_a_sheets_blank_columns_are_no_columns_of_the_form(change: Any) -> None:
    report = read_workbook(lambda book: change(book.active))
    assert list_names(report) == NAMES
    assert list_told(report) == []


def test_a_column_with_text_and_no_number_is_never_left_out() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet: Any = book.active
        sheet.insert_cols(5)
        sheet["E3"] = "Лишнее"

    report = read_workbook(change)
    assert find_places(report, "row.width") == [(1, None)]
    assert not report.candidates[0].applicable


def test_a_sheet_with_columns_in_another_order_is_read() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    order = [0, 2, 1, *range(3, 11)]
    for row in (NUMBERS, GOOD):
        sheet.append([row[index] for index in order])
    content = io.BytesIO()
    book.save(content)
    assert list_names(read(content.getvalue(), "a.xlsx")) == NAMES[:1]
