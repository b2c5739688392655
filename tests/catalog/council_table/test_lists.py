"""Numbers that the editor gives to items of lists are read as they are printed."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.catalog.council_table.reading.docx_numbering import format_count
from tests.catalog.council_table.test_findings import GOOD
from tests.catalog.council_table.test_unseen import element
from tests.catalog.council_table.test_what_is_printed import list_names, read_document

Items = Sequence[tuple[str, int, int]]
"""Text, list and level."""


def level(number: int, text: str, number_format: str = "decimal", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/>'
        f'<w:numFmt w:val="{number_format}"/><w:lvlText w:val="{text}"/></w:lvl>'
    )


def define_lists(document: Any, levels: str, own_start: str = "") -> None:
    """Lists 1 and 2 of one definition; the second may have its own start."""
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    numbering.append(element("w:abstractNum", levels, 'w:abstractNumId="7"'))
    for number, start in ((1, ""), (2, own_start)):
        content = f'<w:abstractNumId w:val="7"/>{start}'
        numbering.append(element("w:num", content, f'w:numId="{number}"'))


def number_paragraph(paragraph: Any, list_number: int, level_number: int) -> None:
    content = f'<w:ilvl w:val="{level_number}"/><w:numId w:val="{list_number}"/>'
    paragraph._p.get_or_add_pPr().append(element("w:numPr", content))


def read_items(levels: str, items: Items, own_start: str = "") -> str | None:
    def change(document: Any) -> None:
        define_lists(document, levels, own_start)
        cell = document.tables[0].cell(1, 6)
        cell.text = ""
        for index, (text, list_number, level_number) in enumerate(items):
            paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
            paragraph.text = text
            number_paragraph(paragraph, list_number, level_number)

    return read_document(change).candidates[0].draft.additional_information


TWO_LEVELS = level(0, "%1.") + level(1, "%1.%2.")
START_AT_ONE = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'


@pytest.mark.parametrize(
    ("levels", "items", "own_start", "text"),
    [
        (TWO_LEVELS, [("А", 1, 0), ("Б", 1, 1), ("В", 1, 1), ("Г", 1, 0), ("Д", 1, 1)], "",
         "1. А\n1.1. Б\n1.2. В\n2. Г\n2.1. Д"),
        (level(0, "%1)", "russianLower"), [("А", 1, 0), ("Б", 1, 0)], "", "а) А\nб) Б"),
        (level(0, "%1.", start=4), [("А", 1, 0), ("Б", 2, 0)], "", "4. А\n5. Б"),
        (level(0, "%1."), [("А", 1, 0), ("Б", 2, 0)], START_AT_ONE, "1. А\n1. Б"),
        (level(0, "–", "bullet"), [("А", 1, 0)], "", "– А"),
        (level(0, "\uf0b7", "bullet"), [("А", 1, 0)], "", "• А"),
        (level(0, "", "none"), [("А", 1, 0)], "", "А"),
    ],
    ids=["levels", "letters", "start", "own start", "dash", "bullet", "none"],
)  # fmt: skip
def test_items_have_the_numbers_that_are_printed(
    levels: str, items: Items, own_start: str, text: str
) -> None:
    assert read_items(levels, items, own_start) == text


def test_rows_that_only_the_editor_numbers_are_told_apart() -> None:
    def change(document: Any) -> None:
        define_lists(document, level(0, "%1."))
        for row in (1, 2):
            cell = document.tables[0].cell(row, 0)
            cell.text = ""
            number_paragraph(cell.paragraphs[0], 1, 0)
        document.tables[0].cell(2, 3).text = ""

    report = read_document(change)
    assert list_names(report) == [GOOD[1], "Старший оператор"]
    assert [candidate.source[0] for candidate in report.candidates] == ["1.", "2."]


def test_a_list_of_documents_may_be_numbered_with_brackets() -> None:
    def change(document: Any) -> None:
        define_lists(document, level(0, "%1)"))
        cell = document.tables[0].cell(1, 8)
        cell.text = "Документ, подтверждающий наличие среднего общего образования"
        number_paragraph(cell.paragraphs[0], 1, 0)

    (candidate, _) = read_document(change).candidates
    assert candidate.draft.requirements is not None
    assert candidate.applicable


@pytest.mark.parametrize(
    ("count", "number_format", "text"),
    [(4, "lowerRoman", "iv"), (14, "upperRoman", "XIV"), (3, "decimalZero", "03"),
     (27, "lowerLetter", "aa"), (29, "russianUpper", "АА"), (0, "upperRoman", "0"),
     (5, "chicago", "5")],
)  # fmt: skip
def test_a_count_is_written_in_the_lists_way(count: int, number_format: str, text: str) -> None:
    assert format_count(count, number_format) == text
