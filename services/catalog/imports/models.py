"""Councils' uploaded tables."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.catalog.base import CatalogTable
from shared.columns import Instant


class TableImport(CatalogTable, table=True):
    """A council's uploaded table: the file as it came, its report, and the outcomes of its rows.

    `outcomes` maps a row's number, as text, to what applying it did. `size` is in bytes.
    """

    __tablename__ = "table_import"
    __table_args__ = (Index("ix_table_import_listing", "created_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    revision: int = 1
    file_name: str
    sha256: str
    size: int
    content: bytes
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    outcomes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_type=Instant)
