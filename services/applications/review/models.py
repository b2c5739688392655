"""The centre's reviews."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, json_column, of_application, serial
from shared.columns import Instant


class Review(ApplicationsTable, table=True):
    """What the centre found when it looked through an application."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_application", "application_id", "id"),)

    id: int | None = serial()
    application_id: UUID = of_application()
    outcome: str
    remarks: list[dict[str, Any]] = json_column()
    reviewer: str
    reviewed_at: datetime = Field(sa_type=Instant)
