"""The record of who saw personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, of_application, serial
from shared.columns import Instant


class Reading(ApplicationsTable, table=True):
    """Somebody looked at personal data: who, in which part, at what; the audit of reads."""

    __tablename__ = "reading"
    __table_args__ = (Index("ix_reading_application", "application_id", "id"),)

    id: int | None = serial()
    application_id: UUID = of_application()
    at: datetime = Field(sa_type=Instant)
    subject: str
    part: str
    what: str
