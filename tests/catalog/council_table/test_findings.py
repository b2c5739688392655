"""Every rule of the report finds what it is about, in a table that has just that."""

from typing import Any

import pytest

from services.catalog.council_table.grammar.rules import MESSAGES, Severity
from tests.catalog.council_table.council_tables import (
    COUNCIL,
    NUMBERS,
    as_csv,
    as_docx,
    as_xlsx,
    find_places,
    read,
)

GOOD = [
    "07.01000.01",
    "Оператор контактного центра",
    "07.010 Специалист по обслуживанию\nПриказ Минтруда России от 19.03.2018г. № 163н",
    "3",
    "A/01.3\nA/02.3",
    "Приём обращений\nУчёт обращений",
    "-",
    "-",
    "Документ, подтверждающий наличие среднего общего образования",
    "3 года",
    "-",
]
ORDER = "\nПриказ Минтруда России от 19.03.2018г. № 163н"

# Rule; the column that is changed, from 1; what stands in it then; the columns that are told.
CELLS: list[tuple[str, int, str]] = [
    ("number.row_number", 1, "1."),
    ("number.missing", 1, ""),
    ("number.unread", 1, "07-010"),
    ("name.missing", 2, "-"),
    ("name.level_inside", 2, "Оператор (3 уровень квалификации)"),
    ("name.level_differs", 2, "Оператор (4 уровень квалификации)"),
    ("name.capital", 2, "Оператор Контактного центра"),
    ("name.capital_kept", 2, "Оператор Белого зала"),
    ("level.missing", 4, ""),
    ("level.unread", 4, "третий"),
    ("standard.missing", 3, "-"),
    ("standard.unread", 3, "07.010" + ORDER),
    ("standard.several", 3, "07.010 Один, 07.011 Другой" + ORDER),
    ("standard.code_missing", 3, "Неизвестный стандарт" + ORDER),
    (
        "standard.code_from_title",
        3,
        "Специалист по дистанционному информационно-справочному обслуживанию" + ORDER,
    ),
    ("standard.order_number_missing", 3, "07.010 Специалист\nПриказ Минтруда от 19.03.2018г. №"),
    ("standard.order_date_missing", 3, "07.010 Специалист\nПриказ Минтруда от г. № 163н"),
    ("standard.order_date_unread", 3, "07.010 Специалист\nПриказ Минтруда от 31.02.2018г. № 163н"),
    ("code.cyrillic", 5, "А/01.3\nA/02.3"),
    ("code.transliterated", 5, "V/01.3\nA/02.3"),
    ("code.spelling", 5, "A / 1.3\nA/02.3"),
    ("code.unread", 5, "A/01.3\nA-02-3"),
    ("code.russian_alphabet", 5, "В/01.3\nГ/02.3"),
    ("code.level_differs", 5, "A/01.4\nA/02.3"),
    ("code.duplicate", 5, "A/01.3\nA/01.3"),
    ("codes.missing", 5, ""),
    ("names.split", 6, "Приём обращений Учёт обращений"),
    ("names.small_letter", 6, "Приём обращений\nучёт обращений"),
    ("names.count", 6, "Приём обращений"),
    ("cell.blank", 7, ""),
    ("cell.unprintable", 7, "Готово 😀"),
    ("cell.unprintable", 2, "Оператор \ue000 центра"),
    ("requirements.missing", 9, ""),
    ("requirements.unread", 9, "Документ о чём-нибудь по усмотрению центра"),
    ("validity.missing", 10, ""),
    ("validity.unread", 10, "сколько-то лет"),
]


def _change_cell(column: int, text: str) -> list[str]:
    return [text if place == column else cell for place, cell in enumerate(GOOD, 1)]


def test_a_table_in_order_has_nothing_to_tell() -> None:
    report = read(as_csv([GOOD]), "table.csv")
    assert [finding.rule for finding in report.findings] == []


@pytest.mark.parametrize(
    ("rule", "column", "text"), CELLS, ids=[f"{rule}-{column}" for rule, column, _ in CELLS]
)
def test_a_defect_is_found_in_its_place(rule: str, column: int, text: str) -> None:
    report = read(as_csv([_change_cell(column, text)]), "table.csv")
    assert (1, column) in find_places(report, rule), [(f.rule, f.column) for f in report.findings]
    assert report.candidates[0].applicable == (MESSAGES[rule].severity is not Severity.ERROR)


def test_a_bullet_of_a_symbol_font_is_read_as_a_bullet() -> None:
    report = read(as_csv([_change_cell(7, "\uf0b7 первое\n\uf0a7 второе")]), "table.csv")
    assert report.candidates[0].applicable
    assert report.candidates[0].draft.additional_information == "• первое\n• второе"


def test_a_qualification_that_stands_twice_is_found() -> None:
    other_row = ["07.01000.02", *GOOD[1:]]
    report = read(as_csv([GOOD, other_row]), "table.csv")
    assert find_places(report, "qualification.duplicate") == [(2, None)]


def test_a_qualification_that_stands_twice_is_found_however_it_is_printed() -> None:
    other_row = ["07.01000.02", "оператор\u00a0Контактного  Центра", *GOOD[2:]]
    report = read(as_csv([GOOD, other_row]), "table.csv")
    assert find_places(report, "qualification.duplicate") == [(2, None)]


def test_a_cell_blank_beside_a_dash_is_found() -> None:
    other_row = ["07.01000.02", "Другая", *GOOD[2:6], "", *GOOD[7:]]
    report = read(as_csv([GOOD, other_row]), "table.csv")
    assert find_places(report, "cell.blank_beside_dash") == [(2, 7)]


def test_a_council_that_nobody_names_is_found() -> None:
    content = as_csv([GOOD]).replace(f"Совет: {COUNCIL}".encode(), b"")
    assert find_places(read(content, "table.csv"), "council.missing") == [(None, None)]


def test_a_line_that_belongs_nowhere_is_told() -> None:
    content = as_csv([GOOD]) + "Согласовано с отделом кадров\n".encode()
    assert find_places(read(content, "table.csv"), "table.outside") == [(None, None)]


def test_a_table_without_rows_is_told() -> None:
    assert find_places(read(as_csv([]), "table.csv"), "table.empty") == [(None, None)]


@pytest.mark.parametrize(("make", "name"), [(as_docx, "t.docx"), (as_xlsx, "t.xlsx")])
def test_a_head_that_is_repeated_is_left_out(make: Any, name: str) -> None:
    other_row = ["07.01000.02", "Другая", *GOOD[2:]]
    report = read(make([GOOD, NUMBERS, other_row]), name)
    assert len(report.candidates) == 2
    assert find_places(report, "table.head_repeated")


def test_a_formula_is_an_error_of_its_cell() -> None:
    report = read(as_xlsx([_change_cell(10, "=1+2")]), "table.xlsx")
    assert find_places(report, "cell.formula") == [(1, 10)]


def test_every_message_says_it_in_both_languages() -> None:
    for rule, message in MESSAGES.items():
        assert any("а" <= letter <= "я" for letter in message.text_ru.lower()), rule
        assert any("a" <= letter <= "z" for letter in message.text_en.lower()), rule
