"""Appointments and examinations."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from services.applications.examination.rules import PartResult, grade_examination
from services.applications.examination.schemas import Examiner, RecordedPart, ThresholdRequest
from shared.columns import Instant, enum_text, identity_key, json_column


class Appointment(ApplicationsTable, table=True):
    """The place and time of an examination; the latest one holds."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_application", "application_id", "id"),)

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    place: str
    starts_at: datetime = Field(sa_type=Instant)
    agreed_on: date
    agreed_with: tuple[str, ...] = json_column(tuple[str, ...])
    reason: str | None = None
    recorded_at: datetime = Field(sa_type=Instant)


class Examination(ApplicationsTable, table=True):
    """The expert commission's protocol; the latest one holds, earlier ones were appealed."""

    __tablename__ = "examination"
    __table_args__ = (
        Index("ix_examination_application", "application_id", "id"),
        Index("ix_examination_protocol", text("lower(protocol_number::text)")),
    )

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    began_on: date
    held_on: date
    theory: PartResult = Field(sa_column=Column(enum_text(PartResult, "theory"), nullable=False))
    practice: PartResult | None = Field(sa_column=Column(enum_text(PartResult, "practice")))
    total: PartResult | None = Field(sa_column=Column(enum_text(PartResult, "total")))
    total_threshold: ThresholdRequest | None = json_column(ThresholdRequest, nullable=True)
    parts: tuple[RecordedPart, ...] = json_column(tuple[RecordedPart, ...])
    instrument: str | None = None
    protocol_number: str
    commission: tuple[Examiner, ...] = json_column(tuple[Examiner, ...])
    materials: tuple[UUID, ...] = json_column(tuple[UUID, ...])
    recorded_at: datetime = Field(sa_type=Instant)

    @property
    def result(self) -> PartResult:
        """The result of the whole examination."""
        return grade_examination(self.theory, self.practice, self.total)
