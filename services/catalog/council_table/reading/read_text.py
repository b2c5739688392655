"""Tables in plain text, as extracted from a PDF: one line a row, tabs between cells.

Pages are set apart by empty lines or form feeds. A line without a tab stands outside the table.
"""

import codecs

import charset_normalizer

from services.catalog.council_table.grammar.cells import Origin, RawRow, RawTable, TableSizeCounter
from services.catalog.council_table.grammar.limits import TableLimits, UnreadableTable

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_RUSSIAN_CHARSETS = ["cp1251", "koi8_r", "cp866", "mac_cyrillic"]


def read_text(content: bytes, limits: TableLimits) -> RawTable:
    """The rows of a text. Raises `UnreadableTable` where it is no text, `TableTooLarge`."""
    text, charset = decode_text(content)
    counter = TableSizeCounter(limits)
    rows: list[RawRow] = []
    page, gap = 1, False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        gap = gap or "\f" in line
        if not line.strip(" \f\r"):
            gap = bool(rows)
            continue
        page += gap
        gap = False
        cells = counter.count_row(line.strip("\f\r").split("\t"))
        rows.append(RawRow(cells, Origin(page, number)))
    return RawTable(tuple(rows), charset)


def decode_text(content: bytes) -> tuple[str, str | None]:
    """The text, and its charset if it had to be detected: it is neither UTF-8 nor has a mark.

    Raises `UnreadableTable` where the bytes are no text.
    """
    if b"\x00" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _charset_error()
    for mark, charset in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _decode_strictly(content, charset), None
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError:
        detection = charset_normalizer.from_bytes(content, cp_isolation=_RUSSIAN_CHARSETS).best()
    if detection is None:
        raise _charset_error()
    return _decode_strictly(content, detection.encoding), detection.encoding


def _decode_strictly(content: bytes, charset: str) -> str:
    """Decodes every byte. Raises `UnreadableTable` for one that the charset does not have."""
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        raise _charset_error() from error


def _charset_error() -> UnreadableTable:
    return UnreadableTable(
        "table.charset", "The file is no text in a known charset. Save it as UTF-8."
    )
