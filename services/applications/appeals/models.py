"""The appeals."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Index
from sqlmodel import Field

from services.applications.appeals.rules import AppealGround, AppealOutcome, Appellant, Remedy
from services.applications.appeals.schemas import AppealsCommissionMember
from services.applications.appeals.status import AppealStatus
from services.applications.base import ApplicationsTable, application_id_column
from shared.columns import Instant, enum_text, json_column


class Appeal(ApplicationsTable, table=True):
    """A written complaint to the council's appeals commission (order 701n)."""

    __tablename__ = "appeal"
    __table_args__ = (Index("ix_appeal_application", "application_id", "filed_on"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = application_id_column()
    status: AppealStatus = Field(sa_column=Column(enum_text(AppealStatus), nullable=False))
    revision: int = 1
    appellant: Appellant = Field(sa_column=Column(enum_text(Appellant), nullable=False))
    appellant_name: str | None
    ground: AppealGround = Field(sa_column=Column(enum_text(AppealGround), nullable=False))
    explanation_text: str | None
    informed_on: date
    filed_on: date
    registration_number: str | None = None
    registered_on: date | None = None
    hearing_at: datetime | None = Field(default=None, sa_type=Instant)
    hearing_notified_on: date | None = None
    place: str | None = None
    chair: str | None = None
    members: tuple[AppealsCommissionMember, ...] | None = json_column(
        tuple[AppealsCommissionMember, ...], nullable=True
    )
    outcome: AppealOutcome | None = Field(default=None, sa_column=Column(enum_text(AppealOutcome)))
    remedy: Remedy | None = Field(default=None, sa_column=Column(enum_text(Remedy)))
    reasons: str | None = None
    decided_on: date | None = None
    sent_on: date | None = None
    executed_on: date | None = None
    reported_on: date | None = None
    registry_entered_on: date | None = None
