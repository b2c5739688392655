"""Tables in plain text, as extracted from a PDF: one line a row, tabs between cells.

Pages are set apart by empty lines or form feeds. A line without a tab stands outside the table.
"""

import codecs

import charset_normalizer

from services.catalog.council_table.grammar.cells import Counter, Origin, RawRow, RawTable
from services.catalog.council_table.grammar.limits import Limits, UnreadableTable

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_RUSSIAN = ["cp1251", "koi8_r", "cp866", "mac_cyrillic"]


def read_text(content: bytes, limits: Limits) -> RawTable:
    """The rows of a text. Raises `UnreadableTable` where it is no text, `TableTooLarge`."""
    text, charset = decoded(content)
    counter = Counter(limits)
    rows: list[RawRow] = []
    page, gap = 1, False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        gap = gap or "\f" in line
        if not line.strip(" \f\r"):
            gap = bool(rows)
            continue
        page += gap
        gap = False
        cells = counter.checked(line.strip("\f\r").split("\t"))
        rows.append(RawRow(cells, Origin(page, number)))
    return RawTable(tuple(rows), charset)


def decoded(content: bytes) -> tuple[str, str | None]:
    """The text, and its charset if it had to be detected (it is neither marked nor UTF-8).

    Raises `UnreadableTable` where the bytes are no text.
    """
    if b"\x00" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _no_text()
    for mark, charset in _MARKS.items():
        if content.startswith(mark):
            return _strictly(content, charset), None
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError:
        found = charset_normalizer.from_bytes(content, cp_isolation=_RUSSIAN).best()
    if found is None:
        raise _no_text()
    return _strictly(content, found.encoding), found.encoding


def _strictly(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        raise _no_text() from error


def _no_text() -> UnreadableTable:
    return UnreadableTable(
        "table.charset", "The file is no text in a known charset. Save it as UTF-8."
    )
