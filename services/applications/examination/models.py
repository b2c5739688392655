"""Appointments and examinations."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, json_column, of_application, serial
from services.applications.examination.rules import Result
from shared.columns import Instant, Word


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
