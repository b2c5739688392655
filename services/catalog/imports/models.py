"""Councils' uploaded tables."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index
from sqlmodel import Field

from services.catalog.base import CatalogTable
from services.catalog.council_table.reading.read_table import TableReport
from services.catalog.imports.schemas import AppliedRowAnswer, SeverityCounts
from shared.columns import Instant, json_column


class TableImport(CatalogTable, table=True):
    """A council's uploaded table: the file as it came, its report, and the outcomes of its rows.

    `outcomes` are in the order of the rows; a row that was not applied has none. `row_count` and
    `counts` repeat what the report says, for lists, which leave it unread. `size` is in bytes.
    """

    __tablename__ = "table_import"
    __table_args__ = (Index("ix_table_import_listing", "created_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    revision: int = 1
    file_name: str
    sha256: str
    size: int
    content: bytes
    row_count: int
    counts: SeverityCounts = json_column(SeverityCounts)
    report: TableReport = json_column(TableReport)
    outcomes: tuple[AppliedRowAnswer, ...] = json_column(tuple[AppliedRowAnswer, ...])
    created_at: datetime = Field(sa_type=Instant)
