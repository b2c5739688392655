"""The rows of an uploaded file, whatever its type; a file that may not be read is refused whole."""

from services.catalog.council_table.grammar.cells import RawTable
from services.catalog.council_table.grammar.limits import (
    TableLimits,
    TableTooLarge,
    UnreadableTable,
)
from services.catalog.council_table.reading.archive import (
    check_archive,
    entities_error,
    refuse_ole_file,
)
from services.catalog.council_table.reading.cell_styles import S
from services.catalog.council_table.reading.docx_formats import W
from services.catalog.council_table.reading.office_package import (
    DamagedPackage,
    DeclaredEntities,
    OfficePackage,
)
from services.catalog.council_table.reading.read_csv import read_csv
from services.catalog.council_table.reading.read_docx import read_docx
from services.catalog.council_table.reading.read_text import read_text
from services.catalog.council_table.reading.read_xlsx import read_xlsx

_ROOT_ELEMENTS = {".docx": f"{W}document", ".xlsx": f"{S}workbook"}
"""By suffix, the element that the package's main part holds."""
_MACRO_SUFFIXES = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam"})
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_ZIP_MARK, _PDF_MARK = b"PK", b"%PDF"


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
    if content.startswith(_PDF_MARK):
        raise UnreadableTable("table.type", "This is a PDF. Save its text as TXT and upload that.")
    if (suffix in _ROOT_ELEMENTS) != content.startswith(_ZIP_MARK):
        raise _wrong_type_error(suffix)
    if suffix in _ROOT_ELEMENTS:
        return _read_package(content, suffix, limits)
    return read_csv(content, limits) if suffix == ".csv" else read_text(content, limits)


def _read_package(content: bytes, suffix: str, limits: TableLimits) -> RawTable:
    """The rows of an Office file. Raises `UnreadableTable`, `TableTooLarge`."""
    check_archive(content, limits)
    package = OfficePackage(content)
    if not package.is_office_package:
        raise _wrong_type_error(suffix)
    try:
        main_part = package.find_main_part()
        if package.parse_part(main_part).tag != _ROOT_ELEMENTS[suffix]:
            raise _wrong_type_error(suffix)
        read_rows = read_docx if suffix == ".docx" else read_xlsx
        return read_rows(package, main_part, limits)
    except DeclaredEntities as error:
        raise entities_error() from error
    except DamagedPackage as error:
        raise UnreadableTable(
            "table.damaged", "The file lacks a part, or one is damaged. Save and upload it again."
        ) from error


def _check_suffix(suffix: str) -> None:
    """Raises `UnreadableTable` for a type that holds macros or no table."""
    if suffix in _MACRO_SUFFIXES:
        raise UnreadableTable(
            "table.macros", "The file's type allows macros. Save it as DOCX or XLSX."
        )
    if suffix not in _TEXT_SUFFIXES | _ROOT_ELEMENTS.keys():
        raise UnreadableTable("table.type", "Upload a table as DOCX, XLSX, CSV or TXT.")


def _wrong_type_error(suffix: str) -> UnreadableTable:
    return UnreadableTable(
        "table.type",
        f"The file is named {suffix} but is of another type. Save it as {suffix} and upload that.",
    )
