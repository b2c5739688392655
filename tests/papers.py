"""Papers as an independent reader of PDF sees them: their text, and where it stands."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2

WIDE = "Щ"
"""The widest letter of a name in the alphabet of the papers."""
_POINTS_PER_MM = 72 / 25.4


@contextmanager
def open_document(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The file, as an independent reader sees it."""
    document = pypdfium2.PdfDocument(content)
    try:
        yield document
    finally:
        document.close()


def read_sheet(document: pypdfium2.PdfDocument, place: int) -> str:
    """What a search finds on a page, on one line."""
    page_text: str = document[place].get_textpage().get_text_range()
    return " ".join(page_text.replace("\ufffe", "").split())


def read_sheets(content: bytes) -> list[str]:
    """The text of each sheet, on one line."""
    with open_document(content) as document:
        return [read_sheet(document, place) for place in range(len(document))]


def list_letters_off_sheet(content: bytes, margin_mm: float) -> list[tuple[int, str]]:
    """The letters that do not lie within the margins of their sheet, with the sheet's place."""
    margin = margin_mm * _POINTS_PER_MM
    letters = []
    with open_document(content) as document:
        for place, page in enumerate(document):
            width, height = page.get_size()
            text = page.get_textpage()
            for index in range(text.count_chars()):
                x0, y0, x1, y1 = text.get_charbox(index)
                if not (
                    margin <= x0 and x1 <= width - margin and margin <= y0 and y1 <= height - margin
                ):
                    letters.append((place, text.get_text_range(index, 1)))
    return [(place, letter) for place, letter in letters if letter.strip()]


def list_overprints(content: bytes) -> list[tuple[int, str]]:
    """The letters of one size that stand on another one, with the sheet's place."""
    overprints = []
    with open_document(content) as document:
        for place, page in enumerate(document):
            text = page.get_textpage()
            centres = set()
            for index in range(text.count_chars()):
                x0, y0, x1, y1 = text.get_charbox(index)
                letter = text.get_text_range(index, 1)
                centre = (round(x0 + x1), round((y0 + y1) / 2))
                if letter.strip() and x1 > x0 and centre in centres:
                    overprints.append((place, letter))
                centres.add(centre)
    return overprints
