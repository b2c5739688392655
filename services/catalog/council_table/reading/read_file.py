"""The rows of an uploaded file, whatever its type; a file that may not be read is refused whole."""

from services.catalog.council_table.grammar.cells import RawTable
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.reading.archive import check_archive, refuse_ole_file
from services.catalog.council_table.reading.read_csv import read_csv
from services.catalog.council_table.reading.read_docx import read_docx
from services.catalog.council_table.reading.read_text import read_text
from services.catalog.council_table.reading.read_xlsx import read_xlsx

_ARCHIVE_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_MACRO_SUFFIXES = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam"})
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_ZIP_MARK = b"PK"


def read_file(content: bytes, suffix: str, limits: TableLimits) -> RawTable:
    """The file's rows. Its suffix, such as `.docx`, and its real type must agree.

    Raises `UnreadableTable`, `TableTooLarge`.
    """
    if len(content) > limits.upload_bytes:
        raise TableTooLarge(
            "table.upload_size", f"A file may have at most {limits.upload_bytes} bytes."
        )
    _check_suffix(suffix)
    if not content.strip():
        raise UnreadableTable("table.damaged", "The file is empty.")
    refuse_ole_file(content)
    if (suffix in _ARCHIVE_PARTS) != content.startswith(_ZIP_MARK) or content.startswith(b"%PDF"):
        raise _wrong_type_error(suffix)
    if suffix in _ARCHIVE_PARTS:
        if _ARCHIVE_PARTS[suffix] not in check_archive(content, limits):
            raise _wrong_type_error(suffix)
        return read_docx(content, limits) if suffix == ".docx" else read_xlsx(content, limits)
    return read_csv(content, limits) if suffix == ".csv" else read_text(content, limits)


def _check_suffix(suffix: str) -> None:
    """Raises `UnreadableTable` for a type that holds macros or no table."""
    if suffix in _MACRO_SUFFIXES:
        raise UnreadableTable(
            "table.macros", "The file's type allows macros. Save it as DOCX or XLSX."
        )
    if suffix not in _TEXT_SUFFIXES | _ARCHIVE_PARTS.keys():
        raise UnreadableTable("table.type", "Upload a table as DOCX, XLSX, CSV or TXT.")


def _wrong_type_error(suffix: str) -> UnreadableTable:
    return UnreadableTable(
        "table.type",
        f"The file is named {suffix} but is of another type. A PDF must be saved as text first.",
    )
