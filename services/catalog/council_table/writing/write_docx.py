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

from services.catalog.council_table.grammar.limits import Limits, NotExpressible
from services.catalog.council_table.writing.form import HEADS, NUMBERS, Draft, Form, formed, proved

_PROVISIONS = "Положения профессионального стандарта"
_PROVISION_COLUMNS = (4, 6)
_PAGE = (297, 210)
_MARGIN = 10
_WIDTHS = (16, 32, 36, 16, 17, 42, 18, 24, 44, 16, 16)
_FONT_SIZE = 8
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_docx(drafts: Sequence[Draft], limits: Limits) -> bytes:
    """The drafts, of one council, in the form. The same drafts give the same bytes.

    Raises `NotExpressible` where import would not read the same drafts back, `TableTooLarge`.
    """
    form = formed(drafts)
    document = docx.Document()
    _lay_out(document)
    try:
        for line in form.above:
            document.add_paragraph(line)
        _add_table(document, form)
        for line in form.below:
            document.add_paragraph(line)
    except ValueError as error:  # a character that XML has no place for
        raise NotExpressible(
            "table.not_expressible", "A text holds a control character that DOCX cannot."
        ) from error
    content = io.BytesIO()
    document.save(content)
    return proved(_undated(content.getvalue()), "form.docx", drafts, limits)


def _lay_out(document: Document) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(side) for side in _PAGE)
    section.left_margin = section.right_margin = Mm(_MARGIN)
    section.top_margin = section.bottom_margin = Mm(_MARGIN)
    document.styles["Normal"].font.size = Pt(_FONT_SIZE)
    document.styles["Normal"].font.name = "Times New Roman"
    document.styles["Normal"].paragraph_format.space_after = Pt(0)
    document.core_properties.author = ""
    document.core_properties.comments = ""


def _add_table(document: Document, form: Form) -> None:
    # The library leaves its tables' rows untyped.
    table: Any = document.add_table(rows=0, cols=len(HEADS), style="Table Grid")
    table.autofit = False
    _add_head(table)
    _add_row(table, NUMBERS)
    for row in form.rows:
        _add_row(table, row)
    for row in table.rows[:3]:
        # There is no public way to say that a row is repeated on every page.
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _add_head(table: Any) -> None:
    """The columns' names in two rows: the provisions of the standard have a head of their own."""
    upper, lower = table.add_row().cells, table.add_row().cells
    first, last = _PROVISION_COLUMNS
    upper[first].merge(upper[last]).text = _PROVISIONS
    for column, head in enumerate(HEADS):
        if first <= column <= last:
            lower[column].text = head
        else:
            upper[column].merge(lower[column]).text = head


def _add_row(table: Any, texts: Sequence[str]) -> None:
    cells = table.add_row().cells
    for cell, text, width in zip(cells, texts, _WIDTHS, strict=True):
        cell.width = Mm(width)
        first, *others = text.split("\n")
        cell.paragraphs[0].text = first
        for line in others:
            cell.add_paragraph(line)


def _undated(archive: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as dated, zipfile.ZipFile(content, "w") as undated:
        for entry in dated.infolist():
            named = zipfile.ZipInfo(entry.filename, _EPOCH)
            undated.writestr(named, dated.read(entry), zipfile.ZIP_DEFLATED)
    return content.getvalue()
