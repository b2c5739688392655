"""The numbered card is read like the table, in documents, text and CSV."""

import csv
import io
from collections.abc import Callable, Sequence

import docx
import openpyxl
import pytest

from services.catalog.council_table.reading.read_table import TableReport
from tests.catalog.council_table.council_tables import COUNCIL, read, saved

Items = Sequence[Sequence[str]]

CARD: Items = [
    ["1.", "Наименование квалификации", "Оператор пробной линии (3-й уровень квалификации)"],
    ["2.", "Номер квалификации", "07.01000.09"],
    ["3.", "Уровень (подуровень) квалификации", "3"],
    ["4.", "Область профессиональной деятельности", "07"],
    ["5.", "Вид профессиональной деятельности", "Обслуживание по телефону"],
    ["6.", "Реквизиты протокола Совета об одобрении квалификации", "Протокол № 3 от 01.02.2023"],
    ["7.", "Реквизиты приказа Национального агентства об утверждении квалификации", "-"],
    ["8.", "Основание разработки квалификации", "Вид документа", "Полное наименование и реквизиты"],
    [
        "",
        "",
        "Профессиональный стандарт (при наличии)",
        "07.010 Специалист по обслуживанию Приказ Минтруда России от 19.03.2018 № 163н",
    ],
    ["", "", "Квалификационное требование, установленное федеральным законом", "-"],
    [
        "9.",
        "Трудовые функции (профессиональные задачи, обязанности) и их характеристики",
        "Код",
        "Наименование трудовой функции",
    ],
    ["", "", "A/01.3", "Приём обращений"],
    ["", "", "A/02.3", "Учёт обращений"],
    ["10.", "Дополнительные сведения", "-"],
    ["11.", "Возможные наименования должностей, профессий", "ЕКС: Оператор"],
    ["12.", "Основные пути получения квалификации", "-"],
    ["13.", "Особые условия допуска к работе", "Возраст не моложе 18 лет"],
    [
        "14.",
        (
            "Перечень документов, необходимых для прохождения профессионального экзамена по "
            "соответствующей квалификации"
        ),
        "Документ, подтверждающий наличие среднего общего образования",
    ],
    ["15.", "Срок действия свидетельства о квалификации", "4 года"],
]


def card_docx(items: Items) -> bytes:
    document = docx.Document()
    document.add_paragraph(f"Совет: {COUNCIL}")
    table = document.add_table(rows=0, cols=4)
    for item in items:
        cells = table.add_row().cells
        for cell, text in zip(cells, [*item, "", ""], strict=False):
            cell.text = text
    return saved(document)


def card_csv(items: Items) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([[f"Совет: {COUNCIL}"], *items])
    return text.getvalue().encode("cp1251")


def card_text(items: Items) -> bytes:
    lines = [f"Совет: {COUNCIL}", *("\t".join(item) for item in items), "Председатель Совета"]
    return "\n".join(lines).encode()


def card_lines(items: Items) -> bytes:
    """Lines without columns, long ones wrapped, as many programs extract them."""
    lines = [f"Совет: {COUNCIL}"]
    for number, *texts in items:
        separator = " " if len(texts) > 2 or not number else ": "
        line = f"{number} {separator.join(text for text in texts if text)}".strip()
        while len(line) > 60:
            line_end = line.rfind(" ", 0, 60)
            lines.append(line[:line_end])
            line = line[line_end + 1 :]
        lines.append(line)
    return "\n".join(lines).encode()


FORMATS: list[tuple[Callable[[Items], bytes], str]] = [
    (card_docx, "a.docx"),
    (card_csv, "a.csv"),
    (card_text, "a.txt"),
    (card_lines, "a.txt"),
]


def list_rules(report: TableReport) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(("make", "name"), FORMATS, ids=["docx", "csv", "tabs", "lines"])
def test_a_card_is_read_like_a_row_of_the_table(make: Callable[[Items], bytes], name: str) -> None:
    (candidate,) = read(make(CARD), name).candidates
    draft = candidate.draft
    assert (draft.council, draft.name, draft.level) == (COUNCIL, "Оператор пробной линии", 3)
    assert (draft.registry_number, draft.validity_term) == ("07.01000.09", "P4Y")
    assert draft.occupational_standard is not None
    assert (draft.occupational_standard.code, draft.occupational_standard.order_number) == (
        "07.010",
        "163н",
    )
    assert [(function.code, function.name) for function in draft.labour_functions] == [
        ("A/01.3", "Приём обращений"),
        ("A/02.3", "Учёт обращений"),
    ]
    assert (draft.activity_type, draft.special_conditions) == (
        "Обслуживание по телефону",
        "Возраст не моложе 18 лет",
    )
    assert [title.title for title in draft.job_titles] == ["Оператор"]
    assert draft.requirements is not None
    assert (draft.legal_requirement, draft.additional_information) == (None, None)
    assert candidate.applicable, candidate.findings


@pytest.mark.parametrize(("make", "name"), FORMATS, ids=["docx", "csv", "tabs", "lines"])
def test_what_a_card_says_beyond_is_told(make: Callable[[Items], bytes], name: str) -> None:
    report = read(make(CARD), name)
    passed_over = [f.before for f in report.findings if f.rule == "card.passed_over"]
    assert [" ".join((text or "").split()) for text in passed_over] == [
        "Протокол № 3 от 01.02.2023"
    ]


def test_several_cards_of_a_file_are_several_qualifications() -> None:
    other_card = [
        ["1.", "Наименование квалификации", "Старший оператор пробной линии"],
        ["2.", "Номер квалификации", "07.01000.10"],
        *CARD[2:],
    ]
    report = read(card_docx([*CARD, *other_card]), "a.docx")
    assert [candidate.draft.name for candidate in report.candidates] == [
        "Оператор пробной линии",
        "Старший оператор пробной линии",
    ]
    assert "qualification.duplicate" not in list_rules(report)


@pytest.mark.parametrize(
    ("printed_level", "level", "sublevel"),
    [("4", 4, None), ("4.2", 4, "4.2"), ("4, подуровень 4.2", 4, "4.2"), ("4 (4.2)", 4, "4.2")],
)
def test_a_level_has_its_sublevel(printed_level: str, level: int, sublevel: str | None) -> None:
    items = [[*item[:2], printed_level] if item[0] == "3." else item for item in CARD]
    draft = read(card_docx(items), "a.docx").candidates[0].draft
    assert (draft.level, draft.sublevel) == (level, sublevel)


def test_a_card_without_a_term_says_that_there_is_none() -> None:
    report = read(card_docx(CARD[:-1]), "a.docx")
    assert report.candidates[0].draft.validity_term is None
    assert "validity.missing" in list_rules(report)


def nest_tables(items: Items) -> bytes:
    """The card with the rows of items 8 and 9 in tables of their own, inside the item's cell."""
    document = docx.Document()
    document.add_paragraph(f"Совет: {COUNCIL}")
    table = document.add_table(rows=0, cols=3)
    for number, label, *values in items:
        if number:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = number, label
        if len(values) == 1:
            cells[2].text = values[0]
            continue
        if number:
            cells[2].add_table(rows=0, cols=2)
        for cell, value in zip(cells[2].tables[0].add_row().cells, values, strict=True):
            cell.text = value
    return saved(document)


def test_tables_inside_a_cards_cells_are_read() -> None:
    (candidate,) = read(nest_tables(CARD), "a.docx").candidates
    assert candidate.draft.occupational_standard is not None
    assert candidate.draft.occupational_standard.code == "07.010"
    assert [function.name for function in candidate.draft.labour_functions] == [
        "Приём обращений",
        "Учёт обращений",
    ]
    assert candidate.applicable, candidate.findings


def test_cards_that_begin_with_their_numbers_keep_them() -> None:
    first = [["1.", *CARD[1][1:]], ["2.", *CARD[0][1:]], *CARD[2:]]
    second = [["1.", CARD[1][1], "07.01000.10"], ["2.", CARD[0][1], "Старший"], *CARD[2:]]
    report = read(card_docx([*first, *second]), "a.docx")
    assert [
        (candidate.draft.registry_number, candidate.draft.name) for candidate in report.candidates
    ] == [("07.01000.09", "Оператор пробной линии"), ("07.01000.10", "Старший")]


def test_a_card_without_a_name_is_a_card() -> None:
    report = read(card_docx(CARD[1:]), "a.docx")
    assert report.candidates[0].draft.registry_number == "07.01000.09"
    assert "name.missing" in list_rules(report)


def test_an_item_with_an_unknown_label_is_told_and_joined_to_no_other() -> None:
    items = [*CARD[:14], ["11.", "Дата включения", "01.02.2024"], *CARD[14:]]
    items = [*items[:15], *([f"{int(i[0][:-1]) + 1}.", *i[1:]] for i in items[15:])]
    (candidate,) = read(card_docx(items), "a.docx").candidates
    assert candidate.draft.additional_information is None
    labels = [
        finding.before for finding in candidate.findings if finding.rule == "card.passed_over"
    ]
    assert "Дата включения: 01.02.2024" in labels
    assert candidate.applicable, candidate.findings


@pytest.mark.parametrize("separator", [" ", ": ", "\n"])
def test_a_value_stands_behind_its_label_in_one_cell(separator: str) -> None:
    document = docx.Document()
    document.add_paragraph(f"Совет: {COUNCIL}")
    table = document.add_table(rows=0, cols=2)
    for number, *texts in CARD:
        cells = table.add_row().cells
        cells[0].text = number
        is_plain = number and len(texts) == 2
        cells[1].text = (separator if is_plain else " ").join(text for text in texts if text)
    (candidate,) = read(saved(document), "a.docx").candidates
    assert candidate.draft.registry_number == "07.01000.09"
    assert [title.title for title in candidate.draft.job_titles] == ["Оператор"]
    assert candidate.applicable, candidate.findings


def test_cards_on_several_sheets_are_all_read() -> None:
    book = openpyxl.Workbook()
    for name in ("Оператор", "Старший оператор"):
        sheet = book.create_sheet(name)
        for item in [["1.", CARD[0][1], name], *CARD[1:]]:
            sheet.append(list(item))
    content = io.BytesIO()
    book.save(content)
    report = read(content.getvalue(), "a.xlsx")
    assert [candidate.draft.name for candidate in report.candidates] == [
        "Оператор",
        "Старший оператор",
    ]


def test_a_level_is_told_from_its_sublevel() -> None:
    items = [[*item[:2], "3 уровень, подуровень 3.2"] if item[0] == "3." else item for item in CARD]
    draft = read(card_docx(items), "a.docx").candidates[0].draft
    assert (draft.level, draft.sublevel) == (3, "3.2")
