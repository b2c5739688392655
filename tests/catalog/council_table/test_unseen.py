"""What nobody can see on paper is passed over and told: pale, tiny, covered, of fields' insides."""

import io
import re
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.shared import Pt, RGBColor
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color

from tests.catalog.council_table.council_tables import as_docx, as_xlsx, find_places, read, saved
from tests.catalog.council_table.test_findings import GOOD
from tests.catalog.council_table.test_what_is_printed import (
    NAMES,
    OTHER,
    Change,
    list_names,
    list_told,
    read_document,
    read_workbook,
)

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
WHITE = RGBColor(255, 255, 255)


def element(tag: str, content: str = "", attributes: str = "") -> Any:
    return parse_xml(f"<{tag} {_NAMESPACES} {attributes}>{content}</{tag}>")


def field_mark(kind: str, content: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}">{content}</w:fldChar></w:r>'


def text_run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def fill_cell(document: Any, row: int, column: int, *contents: str) -> None:
    """Puts runs into an emptied cell."""
    cell = document.tables[0].cell(row, column)
    cell.text = ""
    for content in contents:
        cell.paragraphs[0]._p.extend(list(element("w:p", content)))


def add_term(document: Any) -> Any:
    return document.tables[0].cell(1, 9).paragraphs[0].add_run(" 6 месяцев").font


def make_white(document: Any) -> None:
    add_term(document).color.rgb = WHITE


def make_almost_white(document: Any) -> None:
    add_term(document).color.rgb = RGBColor(0xFE, 0xFD, 0xF0)


def make_tiny(document: Any) -> None:
    add_term(document).size = Pt(1)


def make_white_by_style(document: Any) -> None:
    style = document.styles.add_style("Белый", 2)
    style.font.color.rgb = WHITE
    document.tables[0].cell(1, 9).paragraphs[0].add_run(" 6 месяцев").style = style


@pytest.mark.parametrize("change", [make_white, make_almost_white, make_tiny, make_white_by_style])
def test_pale_and_tiny_text_is_not_read(change: Change) -> None:
    report = read_document(change)
    assert report.candidates[0].draft.validity_term == "P3Y"
    assert list_told(report) == [("text.hidden", 1, 10, "6 месяцев")]


@pytest.mark.parametrize("place", ["run", "paragraph", "cell"])
def test_white_text_on_a_dark_ground_is_read(place: str) -> None:
    def change(document: Any) -> None:
        make_white(document)
        cell = document.tables[0].cell(1, 9)
        properties = {
            "run": cell.paragraphs[0].runs[-1]._r.get_or_add_rPr,
            "paragraph": cell.paragraphs[0]._p.get_or_add_pPr,
            "cell": cell._tc.get_or_add_tcPr,
        }[place]()
        properties.append(element("w:shd", attributes='w:val="clear" w:fill="1F3864"'))

    report = read_document(change)
    assert report.candidates[0].draft.validity_term == "P3Y6M"
    assert list_told(report) == []


def test_of_a_field_the_result_is_read_and_nothing_inside_its_instruction() -> None:
    def change(document: Any) -> None:
        inner_field = [field_mark("begin"), field_mark("separate"), text_run("17")]
        outer_field = [field_mark("begin"), *inner_field, field_mark("end")]
        result = [field_mark("separate"), text_run("Особые"), field_mark("end")]
        fill_cell(document, 1, 6, *outer_field, *result)

    report = read_document(change)
    assert report.candidates[0].draft.additional_information == "Особые"
    assert list_told(report) == [("text.hidden", 1, 7, "17")]


def test_a_forms_chosen_entry_is_read_and_its_check_box_told() -> None:
    entries = '<w:result w:val="1"/><w:listEntry w:val="5 лет"/><w:listEntry w:val="3 года"/>'
    list_field = field_mark("begin", f"<w:ffData><w:ddList>{entries}</w:ddList></w:ffData>")
    box = '<w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData>'

    def change(document: Any) -> None:
        fill_cell(document, 1, 9, list_field, field_mark("end"))
        fill_cell(document, 1, 6, field_mark("begin", box), field_mark("end"), text_run("ночью"))

    report = read_document(change)
    draft = report.candidates[0].draft
    assert (draft.validity_term, draft.additional_information) == ("P3Y", "ночью")
    assert list_told(report) == [("text.picture", 1, 7, "☒")]


def test_an_alternative_that_no_program_knows_is_not_read() -> None:
    def change(document: Any) -> None:
        choice = '<mc:Choice Requires="zz" xmlns:zz="urn:zz"><w:t> 6 месяцев</w:t></mc:Choice>'
        alternatives = f"<mc:AlternateContent>{choice}<mc:Fallback/></mc:AlternateContent>"
        fill_cell(document, 1, 9, text_run("3 года"), f"<w:r>{alternatives}</w:r>")

    assert read_document(change).candidates[0].draft.validity_term == "P3Y"


def test_an_embedded_file_is_told() -> None:
    def change(document: Any) -> None:
        document.tables[0]._tbl.addnext(element("w:altChunk", attributes='r:id="rId99"'))

    assert list_told(read_document(change)) == [("text.picture", None, None, "□")]


def test_a_hidden_end_of_paragraph_joins_two_lines() -> None:
    def change(document: Any) -> None:
        cell = document.tables[0].cell(1, 6)
        cell.text = "Работа "
        mark = "<w:rPr><w:vanish/><w:specVanish/></w:rPr>"
        cell.paragraphs[0]._p.insert(0, element("w:pPr", mark))
        cell.add_paragraph("ночью")

    assert read_document(change).candidates[0].draft.additional_information == "Работа ночью"


def merge_down(document: Any, column: int, first_row: int = 1) -> None:
    for row, value in ((first_row, "restart"), (first_row + 1, "continue")):
        properties = document.tables[0].rows[row]._tr.tc_lst[column].get_or_add_tcPr()
        properties.append(element("w:vMerge", attributes=f'w:val="{value}"'))


def test_what_a_covered_cell_of_a_document_holds_is_told() -> None:
    def change(document: Any) -> None:
        document.tables[0].cell(2, 9).paragraphs[0].add_run(" 6 месяцев")
        merge_down(document, 9)

    report = read_document(change)
    assert report.candidates[1].draft.validity_term == "P3Y"
    assert ("text.hidden", 2, 10, "3 года 6 месяцев") in list_told(report)


def test_a_cell_merged_with_one_of_a_hidden_row_is_never_filled_from_another_row() -> None:
    content = as_docx([["1.", "Первый оператор", *GOOD[2:6], "Чужое", *GOOD[7:]], GOOD, OTHER])
    document = docx.Document(io.BytesIO(content))
    merge_down(document, 6, first_row=2)
    document.tables[0].rows[2]._tr.get_or_add_trPr().append(element("w:hidden"))
    report = read(saved(document), "a.docx")
    assert list_names(report) == ["Первый оператор", OTHER[1]]
    assert report.candidates[1].draft.additional_information is None
    assert find_places(report, "cell.merged_hidden") == [(2, 7)]
    assert not report.candidates[1].applicable


def test_a_merged_cell_of_a_sheet_shows_its_text_where_it_is_visible() -> None:
    def change(book: Any) -> None:
        sheet = book.active
        sheet["G3"] = "Для обеих"
        sheet.merge_cells("G3:G4")
        sheet.row_dimensions[3].hidden = True

    report = read_workbook(change)
    assert list_names(report) == NAMES[1:]
    assert report.candidates[0].draft.additional_information == "Для обеих"


def test_a_merged_cell_that_begins_in_a_hidden_column_is_read() -> None:
    def change(book: Any) -> None:
        sheet = book.active
        sheet.insert_cols(7)
        sheet["G3"] = "Видно"
        sheet["H3"] = None
        sheet.merge_cells("G3:H3")
        sheet.column_dimensions["G"].hidden = True

    report = read_workbook(change)
    assert report.candidates[0].draft.additional_information == "Видно"
    assert list_told(report) == []


def test_what_a_merged_cell_of_a_sheet_covers_is_told() -> None:
    def change(book: Any) -> None:
        sheet = book.active
        sheet["G3"], sheet["G4"] = "Видно", "Тайно"
        sheet.merged_cells.add("G3:G4")  # the covered value stays, as programs leave it

    report = read_workbook(change)
    assert report.candidates[1].draft.additional_information == "Видно"
    assert ("text.hidden", None, None, "Тайно") in list_told(report)


def hide_by_color(sheet: Any) -> None:
    sheet["G3"].font = Font(color="FFFFFFFF")


def hide_by_size(sheet: Any) -> None:
    sheet["G3"].font = Font(sz=1)


def hide_by_run(sheet: Any) -> None:
    sheet["G3"] = CellRichText(TextBlock(InlineFont(color=Color("FFFFFFFF")), "Тайно"))


@pytest.mark.parametrize("hide", [hide_by_color, hide_by_size, hide_by_run])
def test_pale_and_tiny_text_of_a_sheet_is_not_read(hide: Change) -> None:
    def change(book: Any) -> None:
        book.active["G3"] = "Тайно"
        hide(book.active)

    report = read_workbook(change)
    assert report.candidates[0].draft.additional_information is None
    assert ("text.hidden", 1, 7, "Тайно") in list_told(report)


def test_white_text_on_a_filled_cell_is_read() -> None:
    def change(book: Any) -> None:
        book.active["G3"] = "Видно"
        book.active["G3"].font = Font(color="FFFFFFFF")
        book.active["G3"].fill = PatternFill("solid", fgColor="FF203864")

    assert read_workbook(change).candidates[0].draft.additional_information == "Видно"


def test_rows_and_columns_too_narrow_for_a_letter_are_hidden() -> None:
    def change(book: Any) -> None:
        sheet = book.active
        sheet.insert_cols(7)
        sheet["G3"] = "Тайно"
        sheet.column_dimensions["G"].width = 0.08
        sheet.row_dimensions[4].height = 0.75

    report = read_workbook(change)
    assert list_names(report) == NAMES[:1]
    assert {fact[0] for fact in list_told(report)} == {"row.hidden", "column.hidden"}


TEXTS_SHOWN = [
    ('@" года"', "3", 10, "P3Y"),
    (';;;"-"', "Тайно", 7, None),
    ('0;-0;"-"', 0, 7, None),
    ("@", "Видно", 7, "Видно"),
]


@pytest.mark.parametrize(("number_format", "value", "column", "read_value"), TEXTS_SHOWN)
def test_text_is_read_as_its_format_shows_it(
    number_format: str, value: object, column: int, read_value: str | None
) -> None:
    def change(book: Any) -> None:
        cell = book.active.cell(3, column)
        cell.value = value
        cell.number_format = number_format

    report = read_workbook(change)
    draft = report.candidates[0].draft
    assert (draft.validity_term if column == 10 else draft.additional_information) == read_value
    assert report.candidates[0].applicable


def test_a_character_that_excel_escapes_in_two_halves_is_not_lost() -> None:
    def change(book: Any) -> None:
        book.active["G3"] = "Смена _xD83D__xDE00_"

    report = read_workbook(change)
    assert find_places(report, "cell.unprintable") == [(1, 7)]


def test_drawings_and_texts_of_every_page_of_a_sheet_are_told() -> None:
    def change(book: Any) -> None:
        book.active.oddHeader.center.text = "Проект"
        book.active.add_chart(BarChart(), "B8")

    assert list_told(read_workbook(change)) == [
        ("text.picture", None, None, "□"),
        ("table.header", None, None, "Проект"),
    ]


_INLINE_CELL = re.compile(rb'(<c [^>]*)t="inlineStr"([^>]*)><is>(.*?)</is></c>', re.DOTALL)


def share_strings(content: bytes, old: str, new: str) -> bytes:
    """The workbook with its strings in a part of their own, one of them changed."""
    strings: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        strings.append(match[3])
        return b'%st="s"%s><v>%d</v></c>' % (match[1], match[2], len(strings) - 1)

    relation = (
        b'<Relationship Id="rIdS" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.'
        b'org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    archive = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old_archive,
        zipfile.ZipFile(archive, "w") as new_archive,
    ):
        for name in old_archive.namelist():
            part = _INLINE_CELL.sub(share, old_archive.read(name))
            if name == "xl/_rels/workbook.xml.rels":
                part = part.replace(b"</Relationships>", relation)
            new_archive.writestr(name, part)
        items = b"".join(b"<si>%s</si>" % string for string in strings)
        sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        part = b'<sst xmlns="%s">%s</sst>' % (sheet.encode(), items)
        old_string, new_string = (
            text.encode("ascii", "xmlcharrefreplace") for text in (f"<t>{old}</t>", new)
        )
        assert old_string in part
        new_archive.writestr("xl/sharedStrings.xml", part.replace(old_string, new_string))
    return archive.getvalue()


SHARED_STRINGS = [
    ("<t>3_x0020_года_x000D_</t>", "P3Y", True),
    ("<t>3_x00A0_года_x200B_</t>", "P3Y", True),
    ("<t>3 года_x005F_x000D_</t>", None, False),
    (
        '<r><t>3 года</t></r><rPh sb="0" eb="1"><t>пять</t></rPh>',
        "P3Y",
        True,
    ),
    ("<r><rPr><strike/></rPr><t>5 лет</t></r><r><t>3 года</t></r>", "P3Y", True),
    ("<t>3 года _xD83D__xDE00_</t>", None, False),
]


@pytest.mark.parametrize(("string", "term", "applicable"), SHARED_STRINGS)
def test_shared_strings_are_read_as_they_are_shown(
    string: str,
    term: str | None,
    applicable: bool,
) -> None:
    report = read(share_strings(as_xlsx([GOOD, OTHER]), GOOD[9], string), "a.xlsx")
    (first, second) = report.candidates
    assert {first.draft.validity_term, second.draft.validity_term} == {term}
    assert first.applicable == applicable
    assert first.draft.name == GOOD[1]
