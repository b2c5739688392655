"""What the procedure adds: review, appointment, examination, decision, certificate, limits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, Sequence, UniqueConstraint
from sqlmodel import Field

from services.applications.lifecycle.appeals import AppealStatus
from services.applications.lifecycle.rules import Result
from services.applications.models.base import (
    ApplicationsTable,
    json_column,
    metadata,
    of_application,
    serial,
)
from shared.db import Instant, Word

# Sequences are never rolled back: two statements cannot get one number, whatever crashes.
statement_serial = Sequence("statement_serial", metadata=metadata)
erasure_serial = Sequence("erasure_serial", metadata=metadata)


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


class Appointment(ApplicationsTable, table=True):
    """A place and time of examination; the latest one holds."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_application", "application_id", "id"),)

    id: int | None = serial()
    application_id: UUID = of_application()
    place: str
    starts_at: datetime = Field(sa_type=Instant)
    agreed_on: date
    agreed_with: list[str] = json_column()
    reason: str | None = None
    recorded_at: datetime = Field(sa_type=Instant)


class Examination(ApplicationsTable, table=True):
    """The commission's protocol; the latest one holds, earlier ones were appealed."""

    __tablename__ = "examination"
    __table_args__ = (Index("ix_examination_application", "application_id", "id"),)

    id: int | None = serial()
    application_id: UUID = of_application()
    began_on: date
    held_on: date
    theory: Result = Field(sa_column=Column(Word(Result), nullable=False))
    practice: Result | None = Field(sa_column=Column(Word(Result)))
    parts: list[dict[str, Any]] = json_column()
    instrument: str | None = None
    protocol_number: str
    commission: list[dict[str, Any]] = json_column()
    materials: list[str] = json_column()
    recorded_at: datetime = Field(sa_type=Instant)


class Decision(ApplicationsTable, table=True):
    """The council's decision on certification; the latest one holds."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_application", "application_id", "id"),)

    id: int | None = serial()
    application_id: UUID = of_application()
    outcome: str
    decided_on: date
    protocol_number: str
    members: list[str] = json_column()
    recommendation: str | None = None
    statement_number: str | None = Field(default=None, unique=True)
    recorded_at: datetime = Field(sa_type=Instant)


class Certificate(ApplicationsTable, table=True):
    """The certificate that came of an application, as its event told it."""

    __tablename__ = "certificate"

    application_id: UUID = of_application(primary_key=True)
    certificate_id: UUID = Field(unique=True)
    number: str = Field(index=True)
    issued_on: date
    valid_until: date


class Delivery(ApplicationsTable, table=True):
    """How the certificate or the statement reached the person; the registry's entry besides."""

    __tablename__ = "delivery"

    application_id: UUID = of_application(primary_key=True)
    handed_over_on: date | None = None
    handed_over_by: str | None = None
    registry_record: str | None = None
    registry_entered_on: date | None = None


class TimeLimit(ApplicationsTable, table=True):
    """A limit that runs, ran or was called off; each once for its beginning.

    `next_on` is the civil date of the next thing to tell, and the watermark of the scan: none after
    the last. The limit's days are kept as they were when it began: a change of law does not move
    what already runs.
    """

    __tablename__ = "time_limit"
    __table_args__ = (
        UniqueConstraint(
            *("application_id", "appeal_id", "name", "round"),
            name="uq_time_limit_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_time_limit_next", "next_on", "id"),
        Index("ix_time_limit_application", "application_id", "id"),
        Index("ix_time_limit_open", "due_on", "id", postgresql_where="ended_on IS NULL"),
    )

    id: int | None = serial()
    application_id: UUID = of_application()
    appeal_id: UUID | None = Field(default=None, foreign_key="appeal.id")
    name: str
    round: int
    centre_number: str
    answers: str
    source: str
    begun_on: date
    at_risk_on: date
    due_on: date
    ended_on: date | None = None
    cancelled: bool = False
    told_at_risk_on: date | None = None
    told_late_on: date | None = None
    next_on: date | None


class Appeal(ApplicationsTable, table=True):
    """A written complaint to the council's appeals commission (order 701n)."""

    __tablename__ = "appeal"
    __table_args__ = (Index("ix_appeal_application", "application_id", "filed_on"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = of_application()
    status: AppealStatus = Field(sa_column=Column(Word(AppealStatus), nullable=False))
    revision: int = 1
    appellant: str
    appellant_name: str | None
    ground: str
    said: str | None
    informed_on: date
    filed_on: date
    registration_number: str | None = None
    registered_on: date | None = None
    hearing_at: datetime | None = Field(default=None, sa_type=Instant)
    hearing_told_on: date | None = None
    place: str | None = None
    chair: str | None = None
    members: list[dict[str, Any]] | None = json_column(nullable=True)
    outcome: str | None = None
    remedy: str | None = None
    reasons: str | None = None
    decided_on: date | None = None
    sent_on: date | None = None
    executed_on: date | None = None
