"""The centre's reviews."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from services.applications.review.schemas import RecordedRemark
from shared.columns import Instant, identity_key, json_column


class Review(ApplicationsTable, table=True):
    """The result of the centre's review of an application; the latest one holds."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_application", "application_id", "id"),)

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    outcome: str
    remarks: tuple[RecordedRemark, ...] = json_column(tuple[RecordedRemark, ...])
    reviewer: str
    reviewed_at: datetime = Field(sa_type=Instant)
