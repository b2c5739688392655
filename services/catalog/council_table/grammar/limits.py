"""Limits on the size of an uploaded table, and the errors of a file that is refused whole."""

from dataclasses import dataclass
from typing import ClassVar

from services.catalog.settings import CatalogSettings
from shared.errors import RuleViolation


@dataclass(frozen=True)
class TableLimits:
    """How much one uploaded table may hold. Sizes are bytes; `cell_length` is characters.

    `xml_tags` counts opening and closing ones: a parsed tree's memory grows with them more than
    with the size of the XML.
    """

    upload_bytes: int = 5_000_000
    archive_entries: int = 500
    unpacked_bytes: int = 25_000_000
    entry_bytes: int = 10_000_000
    xml_tags: int = 600_000
    unpacking_ratio: int = 200
    rows: int = 5_000
    cells: int = 60_000
    cell_length: int = 20_000


class UnreadableTable(RuleViolation):
    """The file as a whole cannot be read as a table; `rule` names its defect."""

    title: ClassVar[str] = "The table cannot be read"


class TableTooLarge(UnreadableTable):
    """The file exceeds one of `TableLimits`; `rule` names the limit."""

    title: ClassVar[str] = "The table is too large"


class NotExpressible(RuleViolation):
    """A qualification has a value that would not be read back unchanged from the form."""

    title: ClassVar[str] = "The form cannot express this"


def table_limits(settings: CatalogSettings) -> TableLimits:
    """The limits of one uploaded table, as the settings say."""
    return TableLimits(
        upload_bytes=settings.table_upload_bytes, unpacked_bytes=settings.table_unpacked_bytes
    )
