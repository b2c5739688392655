"""An application as submitted: its form, consents, documents, history and disclosures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKeyConstraint, Index
from sqlmodel import Field

from services.applications.application.status import Status
from services.applications.base import (
    ApplicationsTable,
    application_id_column,
    json_column,
    serial_column,
)
from shared.columns import Instant, enum_text


class QualificationVersion(ApplicationsTable, table=True):
    """A published version of a qualification, from the catalog's event; never changed."""

    __tablename__ = "qualification_version"

    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    payload: dict[str, Any] = json_column()
    received_at: datetime = Field(sa_type=Instant)


class QualificationWithdrawal(ApplicationsTable, table=True):
    """The day from which nobody may apply for a qualification, from the catalog's event."""

    __tablename__ = "qualification_withdrawal"

    id: UUID = Field(primary_key=True)
    withdrawn_from: date
    reason: str
    received_at: datetime = Field(sa_type=Instant)


class Application(ApplicationsTable, table=True):
    """An application under one version of a qualification; `revision` is the ETag.

    `identity_document` is sealed, `identity_key` names the key. Erasure empties every personal
    column: then `erased_on` is set, and the row shows only that there was an application.
    """

    __tablename__ = "application"
    __table_args__ = (
        ForeignKeyConstraint(
            ["qualification_id", "qualification_version"],
            ["qualification_version.id", "qualification_version.version"],
            name="fk_application_qualification_version",
        ),
        Index("ix_application_listing", "submitted_at", "id"),
        Index("ix_application_by_status", "status", "submitted_at", "id"),
        Index("ix_application_by_qualification", "qualification_id", "submitted_at", "id"),
        Index("ix_application_by_centre", "centre_number", "submitted_at", "id"),
        Index("ix_application_by_applicant", "applicant_subject", "submitted_at", "id"),
        Index("ix_application_by_employer", "employer_number", "submitted_at", "id"),
        Index("ix_application_kept_until", "kept_until"),
        Index("ix_application_identity_key", "identity_key"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    status: Status = Field(sa_column=Column(enum_text(Status), nullable=False))
    revision: int = 1
    qualification_id: UUID
    qualification_version: int
    council: str
    family_name: str | None
    given_name: str | None
    patronymic: str | None = None
    birth_date: date | None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postal_address: str | None = None
    notify_by: str | None = None
    identity_document: bytes | None = None
    identity_key: str | None = None
    payer: dict[str, Any] | None = json_column(nullable=True)
    employer_number: str | None = None
    representative: dict[str, Any] | None = json_column(nullable=True)
    recertifies: dict[str, Any] | None = json_column(nullable=True)
    previous_id: UUID | None = None
    applicant_subject: str | None = None
    centre_number: str
    centre_name: str
    submitted_at: datetime = Field(sa_type=Instant)
    received_on: date
    reviewer: str | None = None
    admitted_on: date | None = None
    closed_on: date | None = None
    kept_until: date | None = None
    erased_on: date | None = None


class History(ApplicationsTable, table=True):
    """A change of an application: actor, time, command, statuses, and the reason in `detail`."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_application", "application_id", "id"),)

    id: int | None = serial_column()
    application_id: UUID = application_id_column()
    at: datetime = Field(sa_type=Instant)
    actor: str
    command: str
    from_status: str | None = None
    to_status: str
    detail: str | None = None
