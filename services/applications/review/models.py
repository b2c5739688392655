"""The centre's reviews."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import (
    ApplicationsTable,
    application_id_column,
    json_column,
    serial_column,
)
from shared.columns import Instant


class Review(ApplicationsTable, table=True):
    """The result of the centre's review of an application; the latest one holds."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_application", "application_id", "id"),)

    id: int | None = serial_column()
    application_id: UUID = application_id_column()
    outcome: str
    remarks: list[dict[str, Any]] = json_column()
    reviewer: str
    reviewed_at: datetime = Field(sa_type=Instant)
