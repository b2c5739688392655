"""The appeals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Index
from sqlmodel import Field

from services.applications.appeals.status import AppealStatus
from services.applications.base import ApplicationsTable, application_id_column, json_column
from shared.columns import Instant, enum_text


class Appeal(ApplicationsTable, table=True):
    """A written complaint to the council's appeals commission (order 701n)."""

    __tablename__ = "appeal"
    __table_args__ = (Index("ix_appeal_application", "application_id", "filed_on"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = application_id_column()
    status: AppealStatus = Field(sa_column=Column(enum_text(AppealStatus), nullable=False))
    revision: int = 1
    appellant: str
    appellant_name: str | None
    ground: str
    explanation_text: str | None
    informed_on: date
    filed_on: date
    registration_number: str | None = None
    registered_on: date | None = None
    hearing_at: datetime | None = Field(default=None, sa_type=Instant)
    hearing_notified_on: date | None = None
    place: str | None = None
    chair: str | None = None
    members: list[dict[str, Any]] | None = json_column(nullable=True)
    outcome: str | None = None
    remedy: str | None = None
    reasons: str | None = None
    decided_on: date | None = None
    sent_on: date | None = None
    executed_on: date | None = None
