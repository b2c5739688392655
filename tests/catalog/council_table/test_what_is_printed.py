"""What is read is what a person sees on paper; what is passed over is told with its place."""

import copy
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from services.catalog.council_table.reading.read_table import TableReport
from tests.catalog.council_table.council_tables import as_docx, as_xlsx, read, saved
from tests.catalog.council_table.test_findings import GOOD

OTHER = ["07.01000.02", "Старший оператор", *GOOD[2:]]
Change = Callable[[Any], None]

NAMES = [GOOD[1], OTHER[1]]


def read_document(change: Change) -> TableReport:
    """The report of a good document after a change of its first table."""
    document = docx.Document(io.BytesIO(as_docx([GOOD, OTHER])))
    change(document)
    return read(saved(document), "a.docx")


def read_workbook(change: Change) -> TableReport:
    """The report of a good workbook after a change."""
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([GOOD, OTHER])))
    change(book)
    content = io.BytesIO()
    book.save(content)
    return read(content.getvalue(), "a.xlsx")


def list_names(report: TableReport) -> list[str | None]:
    return [candidate.draft.name for candidate in report.candidates]


def list_told(report: TableReport) -> list[tuple[str, int | None, int | None, str | None]]:
    return [
        (finding.rule, finding.row, finding.column, finding.before) for finding in report.findings
    ]


def name_cell(document: Any) -> Any:
    return document.tables[0].cell(1, 1)


def wrap(element: Any, tag: str = "w:sdt") -> Any:
    """Puts an element into a content control, or another wrapper, in its place."""
    wrapper = OxmlElement(tag)
    element.addprevious(wrapper)
    inner = wrapper
    if tag == "w:sdt":
        wrapper.append(OxmlElement("w:sdtPr"))
        inner = OxmlElement("w:sdtContent")
        wrapper.append(inner)
    inner.append(element)
    return wrapper


@pytest.mark.parametrize("tag", ["w:sdt", "w:customXml"])
@pytest.mark.parametrize(
    "find_element",
    [
        lambda document: document.tables[0]._tbl,
        lambda document: document.tables[0].rows[2]._tr,
        lambda document: document.tables[0].cell(2, 6)._tc,
        lambda document: document.tables[0].cell(2, 1).paragraphs[0]._p,
        lambda document: document.tables[0].cell(2, 1).paragraphs[0].runs[0]._r,
    ],
    ids=["table", "row", "cell", "paragraph", "run"],
)
def test_what_a_wrapper_holds_is_read(tag: str, find_element: Callable[[Any], Any]) -> None:
    report = read_document(lambda document: wrap(wrap(find_element(document), tag), "w:sdt"))
    assert list_names(report) == NAMES
    assert list_told(report) == []


def test_a_prompt_that_nobody_has_filled_is_no_text() -> None:
    def change(document: Any) -> None:
        cell = document.tables[0].cell(1, 6)
        cell.paragraphs[0].runs[0].text = "Место для ввода текста"
        control = wrap(cell.paragraphs[0].runs[0]._r)
        control.find(qn("w:sdtPr")).append(OxmlElement("w:showingPlcHdr"))

    report = read_document(change)
    assert report.candidates[0].draft.additional_information is None
    assert ("text.prompt", 1, 7, "Место для ввода текста") in list_told(report)


def hide_by_run(document: Any) -> Any:
    return name_cell(document).paragraphs[0].add_run(" тайно")


def hide_directly(document: Any) -> None:
    hide_by_run(document).font.hidden = True


def hide_by_character_style(document: Any) -> None:
    style = document.styles.add_style("Тайный", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    heir = document.styles.add_style("Наследник", WD_STYLE_TYPE.CHARACTER)
    heir.base_style = style
    hide_by_run(document).style = heir


def hide_by_paragraph_style(document: Any) -> None:
    style = document.styles.add_style("Скрытый абзац", WD_STYLE_TYPE.PARAGRAPH)
    style.font.hidden = True
    name_cell(document).add_paragraph(" тайно", style=style)


@pytest.mark.parametrize(
    "change", [hide_directly, hide_by_character_style, hide_by_paragraph_style]
)
def test_hidden_text_is_not_read(change: Change) -> None:
    report = read_document(change)
    assert list_names(report) == NAMES
    assert list_told(report) == [("text.hidden", 1, 2, "тайно")]


def test_what_is_hidden_twice_by_styles_is_seen() -> None:
    def change(document: Any) -> None:
        hide_by_paragraph_style(document)
        style = document.styles.add_style("Ещё раз", WD_STYLE_TYPE.CHARACTER)
        style.font.hidden = True
        paragraph = name_cell(document).paragraphs[1]
        paragraph.runs[0].style = style

    assert list_names(read_document(change)) == [f"{GOOD[1]} тайно", OTHER[1]]


def test_a_run_that_is_set_visible_is_read_whatever_its_style_says() -> None:
    def change(document: Any) -> None:
        hide_by_paragraph_style(document)
        name_cell(document).paragraphs[1].runs[0].font.hidden = False

    assert list_names(read_document(change)) == [f"{GOOD[1]} тайно", OTHER[1]]


@pytest.mark.parametrize("name", ["strike", "double_strike"])
def test_struck_out_text_is_not_read(name: str) -> None:
    def change(document: Any) -> None:
        setattr(name_cell(document).paragraphs[0].add_run(" прежний").font, name, True)

    report = read_document(change)
    assert list_names(report) == NAMES
    assert list_told(report) == [("text.struck_out", 1, 2, "прежний")]


@pytest.mark.parametrize("tag", ["w:del", "w:moveFrom"])
def test_a_run_that_was_deleted_or_moved_away_is_not_read(tag: str) -> None:
    report = read_document(lambda document: wrap(hide_by_run(document)._r, tag))
    assert list_names(report) == NAMES
    assert list_told(report) == [("text.deleted", 1, 2, "тайно")]


@pytest.mark.parametrize("tag", ["w:ins", "w:moveTo"])
def test_a_run_that_was_inserted_or_moved_there_is_read(tag: str) -> None:
    report = read_document(lambda document: wrap(hide_by_run(document)._r, tag))
    assert list_names(report) == [f"{GOOD[1]} тайно", OTHER[1]]


def test_a_row_that_was_moved_stands_once() -> None:
    def change(document: Any) -> None:
        row = document.tables[0].rows[2]._tr
        twin = copy.deepcopy(row)
        document.tables[0].rows[1]._tr.addprevious(twin)
        for run in list(row.iter(qn("w:r"))):
            wrap(run, "w:moveFrom")
        for run in list(twin.iter(qn("w:r"))):
            wrap(run, "w:moveTo")

    report = read_document(change)
    assert list_names(report) == [OTHER[1], GOOD[1]]
    assert {finding.rule for finding in report.table_findings} == {"text.deleted"}


@pytest.mark.parametrize(("tag", "rule"), [("w:hidden", "row.hidden"), ("w:del", "row.deleted")])
def test_a_row_that_is_hidden_or_deleted_is_not_read(tag: str, rule: str) -> None:
    def change(document: Any) -> None:
        row = document.tables[0].rows[2]._tr
        row.get_or_add_trPr().append(OxmlElement(tag))

    report = read_document(change)
    assert list_names(report) == NAMES[:1]
    ((found_rule, row, _, text),) = list_told(report)
    assert (found_rule, row) == (rule, None)
    assert OTHER[1] in (text or "")


def test_a_deleted_end_of_paragraph_joins_two_lines() -> None:
    def change(document: Any) -> None:
        cell = name_cell(document)
        cell.paragraphs[0].runs[0].text = "Оператор конт"
        mark = parse_xml(
            '<w:pPr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            '<w:rPr><w:del w:id="3" w:author="x"/></w:rPr></w:pPr>'
        )
        cell.paragraphs[0]._p.insert(0, mark)
        cell.add_paragraph("актного центра")

    assert list_names(read_document(change)) == NAMES


@pytest.mark.parametrize("mark", ["1", "2)", "*", "1, 2"])
@pytest.mark.parametrize("column", [1, 3, 9])
def test_a_raised_mark_of_a_footnote_is_no_text(mark: str, column: int) -> None:
    def change(document: Any) -> None:
        run = document.tables[0].cell(1, column).paragraphs[0].add_run(mark)
        run.font.superscript = True

    report = read_document(change)
    draft = report.candidates[0].draft
    assert (draft.name, draft.level, draft.validity_term) == (GOOD[1], 3, "P3Y")
    assert list_told(report) == [("text.note", 1, column + 1, mark)]


def test_a_raised_power_is_text() -> None:
    def change(document: Any) -> None:
        cell = document.tables[0].cell(1, 6)
        cell.text = "Зал до 100 м"
        cell.paragraphs[0].add_run("2").font.superscript = True

    information = read_document(change).candidates[0].draft.additional_information
    assert information == "Зал до 100 м2"


def test_a_footnotes_mark_in_plain_text_is_no_text() -> None:
    report = read(as_docx([[GOOD[0], f"{GOOD[1]}¹", *GOOD[2:9], "3 года*", "-"]]), "a.docx")
    assert (report.candidates[0].draft.name, report.candidates[0].draft.validity_term) == (
        GOOD[1],
        "P3Y",
    )
    assert [fact[:3] for fact in list_told(report)] == [
        ("text.note_mark", 1, 2),
        ("text.note_mark", 1, 10),
    ]


def test_comments_are_told_with_their_text() -> None:
    def change(document: Any) -> None:
        run = name_cell(document).paragraphs[0].runs[0]
        document.add_comment(run, text="Уточнить у совета", author="x", initials="x")

    assert list_told(read_document(change)) == [("text.comment", 1, 2, "Уточнить у совета")]


def test_the_text_of_a_text_box_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Ночная смена</w:t></w:r></w:p></w:txbxContent>"
    run = parse_xml(
        '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )

    def change(document: Any) -> None:
        cell = document.tables[0].cell(1, 6)
        cell.text = "Смотри"
        cell.paragraphs[0]._p.append(run)

    information = read_document(change).candidates[0].draft.additional_information
    assert information == "Смотри\nНочная смена"


def test_what_stands_on_every_page_is_told() -> None:
    def change(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "Проект"

    assert list_told(read_document(change)) == [("table.header", None, None, "Проект")]


@pytest.mark.parametrize("number", ["12", "— 12 —", "Страница 12 из 40"])
def test_the_number_of_a_page_between_two_tables_is_told_and_joined_to_nothing(number: str) -> None:
    document = docx.Document(io.BytesIO(as_docx([GOOD, OTHER], per_page=1)))
    first_table = document.tables[0]
    first_table._tbl.addnext(document.add_paragraph(number)._p)
    report = read(saved(document), "a.docx")
    assert list_names(report) == NAMES
    assert all(candidate.applicable for candidate in report.candidates)
    assert ("table.header", None, None, number) in list_told(report)


@pytest.mark.parametrize("number", ["12", "— 12 —"])
@pytest.mark.parametrize(
    ("text", "remaining_text"),
    [
        ("Смотри\n\n{}\n\nНочная смена", "Смотри\nНочная смена"),
        ("Смотри\n\n{}", "Смотри"),
        ("{}\n \nСмотри", "Смотри"),
    ],
)
def test_the_number_of_a_page_inside_a_cell_is_told_and_left_out(
    number: str, text: str, remaining_text: str
) -> None:
    def change(document: Any) -> None:
        document.tables[0].cell(1, 6).text = text.format(number)

    report = read_document(change)
    assert report.candidates[0].draft.additional_information == remaining_text
    assert ("table.header", 1, None, number) in list_told(report)


@pytest.mark.parametrize("text", ["12", "Смены:\n12\nчасов", "Смена\n\n12 часов"])
def test_a_number_that_stands_in_its_paragraph_is_read(text: str) -> None:
    def change(document: Any) -> None:
        document.tables[0].cell(1, 6).text = text

    report = read_document(change)
    information = report.candidates[0].draft.additional_information or ""
    assert information.split() == text.split()
    assert "table.header" not in {fact[0] for fact in list_told(report)}


def test_a_cell_that_is_missing_is_never_read_as_blank() -> None:
    def change(document: Any) -> None:
        row = document.tables[0].rows[2]._tr
        row.remove(row.tc_lst[6])

    report = read_document(change)
    assert "row.width" in {fact[0] for fact in list_told(report)}
    assert not all(candidate.applicable for candidate in report.candidates)


def test_a_hidden_row_of_a_sheet_is_not_read() -> None:
    def change(book: Any) -> None:
        book.active.row_dimensions[4].hidden = True

    report = read_workbook(change)
    assert list_names(report) == NAMES[:1]
    ((rule, row, _, text),) = list_told(report)
    assert (rule, row) == ("row.hidden", None)
    assert OTHER[1] in (text or "")


def test_a_hidden_column_of_a_sheet_is_not_read() -> None:
    def change(book: Any) -> None:
        sheet = book.active
        sheet.insert_cols(3)
        for row in (3, 4):
            sheet.cell(row, 3).value = f"черновик {row}"
        sheet.column_dimensions["C"].hidden = True

    report = read_workbook(change)
    assert list_names(report) == NAMES
    assert [fact[0] for fact in list_told(report)] == ["column.hidden"] * 2
    assert all(candidate.applicable for candidate in report.candidates)


def test_a_forms_column_that_is_hidden_is_missing_and_not_blank() -> None:
    def change(book: Any) -> None:
        book.active.column_dimensions["G"].hidden = True

    report = read_workbook(change)
    assert {candidate.applicable for candidate in report.candidates} == {False}
    assert {"row.width", "column.hidden"} <= {fact[0] for fact in list_told(report)}


@pytest.mark.parametrize("value", ["#REF!", "#N/A", "#VALUE!", "#ССЫЛКА!", "#Н/Д", "####"])
@pytest.mark.parametrize("column", [2, 7, 11])
def test_an_error_of_excel_is_no_value(value: str, column: int) -> None:
    def change(book: Any) -> None:
        cell = book.active.cell(3, column)
        cell.value = value
        cell.data_type = "e" if value.isascii() and "##" not in value else "s"

    report = read_workbook(change)
    assert ("cell.error", 1, column, value) in list_told(report)
    assert not report.candidates[0].applicable
    assert value not in report.candidates[0].draft.model_dump_json()


def test_characters_that_excel_escapes_are_read_as_they_are() -> None:
    def change(book: Any) -> None:
        book.active["G3"] = "Приложение_x000D_\nсовета_x0009_да_x005F_x0041_ _x0000__xD800_"

    report = read_workbook(change)
    information = report.candidates[0].draft.additional_information
    assert information == "Приложение\nсовета да_x0041_"


def test_struck_out_runs_and_marks_of_notes_in_a_sheet_are_not_read() -> None:
    def change(book: Any) -> None:
        book.active["J3"] = CellRichText(TextBlock(InlineFont(strike=True), "5 лет "), "3 года")
        book.active["B3"] = CellRichText(
            GOOD[1], TextBlock(InlineFont(vertAlign="superscript"), "1")
        )
        book.active["G4"].font = Font(strike=True)
        book.active["G4"] = "Прежнее"

    report = read_workbook(change)
    assert list_names(report) == NAMES
    assert report.candidates[0].draft.validity_term == "P3Y"
    assert {fact[:3] for fact in list_told(report)} >= {
        ("text.struck_out", 1, 10),
        ("text.note", 1, 2),
        ("text.struck_out", 2, 7),
    }


def test_comments_and_other_sheets_are_told() -> None:
    def change(book: Any) -> None:
        book.active["B3"].comment = Comment("Проверить", "x")
        notes = book.create_sheet("Сокращения")
        notes.append(["Сокращение", "Что значит"])
        notes.append([None, "Профессиональный стандарт"])
        book.create_sheet("Черновик").sheet_state = "hidden"

    report = read_workbook(change)
    assert list_names(report) == NAMES
    assert all(candidate.applicable for candidate in report.candidates)
    assert {fact[0] for fact in list_told(report)} == {
        "text.comment",
        "sheet.passed_over",
        "sheet.hidden",
    }


def test_two_sheets_with_the_form_are_both_read_and_never_joined() -> None:
    def change(book: Any) -> None:
        sheet = book.copy_worksheet(book.active)
        sheet["A4"] = "07.01000.03"
        sheet["B4"] = "Руководитель"
        for cell in sheet[3]:
            cell.value = None
        sheet["F3"] = "Лишнее"

    report = read_workbook(change)
    assert list_names(report)[:2] == NAMES
    assert list_names(report)[-1] == "Руководитель"
    assert "Лишнее" not in report.candidates[1].source[5]


NUMBERS_SHOWN = [
    (10, 3, '0" года"', "P3Y", None),
    (10, 36, '#,##0" месяцев"', "P36M", None),
    (4, 3, "0", 3, None),
    (4, 46028, "d.m", 6, "cell.date"),
    (4, 46028, "dd.mm.yyyy", None, "cell.date"),
    (4, 3, "# ?/?", 3, "cell.number_format"),
    (4, 3, "[>2]0;0", 3, "cell.number_format"),
    (4, 3, ";;;", None, "text.hidden"),
    (3, 7.01, "General", None, "cell.number"),
    (5, 1.3, "General", None, "cell.number"),
]


@pytest.mark.parametrize(("column", "value", "number_format", "read_value", "rule"), NUMBERS_SHOWN)
def test_numbers_are_read_as_excel_shows_them(
    column: int, value: float, number_format: str, read_value: object, rule: str | None
) -> None:
    def change(book: Any) -> None:
        cell = book.active.cell(3, column)
        cell.value = value
        cell.number_format = number_format

    report = read_workbook(change)
    draft = report.candidates[0].draft
    if column in {4, 10}:
        assert (draft.level if column == 4 else draft.validity_term) == read_value
    rules = {fact[0] for fact in list_told(report) if fact[2] == column}
    assert rule is None or rule in rules
    assert report.candidates[0].applicable == (rule is None)


def repack(content: bytes, rename: Callable[[str], str], change: Callable[[bytes], bytes]) -> bytes:
    """The package with its parts renamed and changed."""
    archive = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(rename(entry.filename), change(old.read(entry)))
    return archive.getvalue()


def make_strict(content: bytes) -> bytes:
    """A part in the namespaces of the strict form."""
    for kind in (b"wordprocessingml", b"spreadsheetml"):
        content = content.replace(
            b"http://schemas.openxmlformats.org/" + kind + b"/2006/main",
            b"http://purl.oclc.org/ooxml/" + kind + b"/main",
        )
    return content.replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )


def rename_main(name: str) -> str:
    for part in ("document", "workbook", "styles", "sharedStrings", "sheet1"):
        name = name.replace(f"/{part}.xml", f"/{part}22.xml")
    return name


def rename_targets(content: bytes) -> bytes:
    """A part with its relations' targets named as `rename_main` names parts."""
    return re.sub(
        rb'(?<=Target=")[^"]+',
        lambda match: rename_main(f"/{match[0].decode()}")[1:].encode(),
        content,
    )


@pytest.mark.parametrize(
    ("make", "name"), [(as_docx, "a.docx"), (as_xlsx, "a.xlsx")], ids=["docx", "xlsx"]
)
@pytest.mark.parametrize(
    ("rename", "change"),
    [
        (lambda name: name.replace("/", "\\"), lambda content: content),
        (str.upper, lambda content: content),
        (lambda name: name, make_strict),
        (lambda name: name, lambda content: content if b"Relationship " in content
         else make_strict(content)),
        (rename_main, rename_targets),
    ],
    ids=["backslashes", "capitals", "strict", "mixed", "names"],
)  # fmt: skip
def test_packages_are_read_whatever_their_parts_are_called(
    make: Callable[..., bytes],
    name: str,
    rename: Callable[[str], str],
    change: Callable[[bytes], bytes],
) -> None:
    report = read(repack(make([GOOD, OTHER]), rename, change), name)
    assert list_names(report) == NAMES
    assert list_told(report) == []
