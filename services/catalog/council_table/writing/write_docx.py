"""The council's form as DOCX: a landscape page, one table whose head repeats on every page."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt

from services.catalog.council_table.grammar.column import Column
from services.catalog.council_table.grammar.limits import NotExpressible, TableLimits
from services.catalog.council_table.writing.card import CARD_COLUMNS, FIRST_ITEM
from services.catalog.council_table.writing.form import (
    COLUMN_HEADS,
    COLUMN_NUMBERS,
    CouncilForm,
    FormLayout,
    build_form,
    check_round_trip,
)
from services.catalog.qualification.form import FormContent

_PROVISIONS = "Положения профессионального стандарта"
_PROVISION_COLUMNS = (Column.FUNCTION_CODES.index, Column.ADDITIONAL_INFORMATION.index)
_PAGE_MM = (297, 210)
_MARGIN_MM = 10
_COLUMN_WIDTHS_MM = (16, 32, 36, 16, 17, 42, 18, 24, 44, 16, 16)
_CARD_WIDTHS_MM = (10, 80, 90, 97)
_FONT_SIZE_PT = 8
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_docx(
    contents: Sequence[FormContent],
    limits: TableLimits,
    layout: FormLayout = FormLayout.TABLE,
) -> bytes:
    """Qualifications of one council in the form. The same contents give the same bytes.

    Raises `NotExpressible` where import would not read the same back, `TableTooLarge`.
    """
    form = build_form(contents, layout)
    document = docx.Document()
    _set_layout(document)
    try:
        for line in form.lines_above:
            document.add_paragraph(line)
        if layout is FormLayout.TABLE:
            _add_table(document, form)
        else:
            _add_cards(document, form)
        for line in form.lines_below:
            document.add_paragraph(line)
    except ValueError as error:  # a character that XML has no place for
        raise NotExpressible(
            "table.not_expressible", "A text holds a control character that DOCX cannot."
        ) from error
    content = io.BytesIO()
    document.save(content)
    return check_round_trip(_without_timestamps(content.getvalue()), "form.docx", contents, limits)


def _set_layout(document: Document) -> None:
    """Sets the page (A4, landscape), its margins and the font, and empties the author."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(side) for side in _PAGE_MM)
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    document.styles["Normal"].font.size = Pt(_FONT_SIZE_PT)
    document.styles["Normal"].font.name = "Times New Roman"
    document.styles["Normal"].paragraph_format.space_after = Pt(0)
    document.core_properties.author = ""
    document.core_properties.comments = ""


def _add_table(document: Document, form: CouncilForm) -> None:
    """Adds the table: three rows of head, which every page repeats, and the form's rows."""
    # The library leaves its tables' rows untyped.
    table: Any = document.add_table(rows=0, cols=len(COLUMN_HEADS), style="Table Grid")
    table.autofit = False
    _add_head(table)
    _add_row(table, COLUMN_NUMBERS)
    for row in form.rows:
        _add_row(table, row)
    for row in table.rows[:3]:
        # There is no public way to say that a row is repeated on every page.
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _add_cards(document: Document, form: CouncilForm) -> None:
    """Adds a table of items for each card, a line between two."""
    table: Any = None
    for row in form.rows:
        if row[0] == FIRST_ITEM:
            document.add_paragraph()
            table = document.add_table(rows=0, cols=CARD_COLUMNS, style="Table Grid")
            table.autofit = False
        _add_row(table, row, _CARD_WIDTHS_MM)


def _add_head(table: Any) -> None:
    """Adds the columns' names in two rows: the standard's provisions share a heading above them."""
    upper, lower = table.add_row().cells, table.add_row().cells
    first, last = _PROVISION_COLUMNS
    upper[first].merge(upper[last]).text = _PROVISIONS
    for column, head in enumerate(COLUMN_HEADS):
        if first <= column <= last:
            lower[column].text = head
        else:
            upper[column].merge(lower[column]).text = head


def _add_row(
    table: Any, texts: Sequence[str], widths_mm: Sequence[int] = _COLUMN_WIDTHS_MM
) -> None:
    """Adds a row, each line of a text as a paragraph of its cell."""
    cells = table.add_row().cells
    for cell, text, width in zip(cells, texts, widths_mm, strict=True):
        cell.width = Mm(width)
        first_line, *other_lines = text.split("\n")
        cell.paragraphs[0].text = first_line
        for line in other_lines:
            cell.add_paragraph(line)


def _without_timestamps(archive: bytes) -> bytes:
    """The archive with one fixed time for all entries, so that equal contents give equal bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(content, "w") as target:
        for entry in source.infolist():
            entry_info = zipfile.ZipInfo(entry.filename, _EPOCH)
            target.writestr(entry_info, source.read(entry), zipfile.ZIP_DEFLATED)
    return content.getvalue()
