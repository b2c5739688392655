"""The tables of the applications service.

Personal data stands in `application` and in the names of those who review, examine and decide.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.applications.lifecycle.rules import Result
from services.applications.lifecycle.status import Status
from shared.db import Instant, Word, new_metadata

metadata = new_metadata()


class ApplicationsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata


class QualificationVersion(ApplicationsTable, table=True):
    """A published version of a qualification, as the catalog's event told it; never changed."""

    __tablename__ = "qualification_version"

    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    received_at: datetime = Field(sa_type=Instant)


class QualificationWithdrawal(ApplicationsTable, table=True):
    """From which day on nobody may apply for a qualification, as the catalog's event told it."""

    __tablename__ = "qualification_withdrawal"

    id: UUID = Field(primary_key=True)
    withdrawn_from: date
    reason: str
    received_at: datetime = Field(sa_type=Instant)


class Application(ApplicationsTable, table=True):
    """An application under one version of a qualification; `revision` is the ETag."""

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
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    revision: int = 1
    qualification_id: UUID
    qualification_version: int
    family_name: str
    given_name: str
    patronymic: str | None = None
    birth_date: date
    email: str | None = None
    phone: str | None = None
    notify_by: str | None = None
    centre_number: str
    centre_name: str
    submitted_at: datetime = Field(sa_type=Instant)
    admitted_on: date | None = None


class Consent(ApplicationsTable, table=True):
    """Consent to the processing of personal data: a document of its own (152-FZ, art. 9)."""

    __tablename__ = "consent"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id", unique=True)
    text_version: str
    given_at: datetime = Field(sa_type=Instant)


class Document(ApplicationsTable, table=True):
    """A document of an application; the file itself lies in object storage under `object_key`."""

    __tablename__ = "document"
    __table_args__ = (
        # The same file may prove two things, but the same thing counts once.
        Index(
            "uq_document_same",
            "application_id",
            "kind",
            "sha256",
            text("coalesce(field, '')"),
            unique=True,
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = Field(foreign_key="application.id")
    kind: str
    months: int | None = None
    field: str | None = None
    file_name: str
    size: int
    sha256: str
    object_key: str
    attached_at: datetime = Field(sa_type=Instant)


class Review(ApplicationsTable, table=True):
    """What the centre found when it looked through an application."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_application", "application_id", "id"),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    application_id: UUID = Field(foreign_key="application.id")
    outcome: str
    remarks: str | None = None
    reviewer: str
    reviewed_at: datetime = Field(sa_type=Instant)


class Examination(ApplicationsTable, table=True):
    """The commission's protocol."""

    __tablename__ = "examination"

    application_id: UUID = Field(primary_key=True, foreign_key="application.id")
    held_on: date
    theory: Result = Field(sa_column=Column(Word(Result), nullable=False))
    practice: Result | None = Field(sa_column=Column(Word(Result)))
    protocol_number: str
    examiners: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_type=Instant)


class Decision(ApplicationsTable, table=True):
    """The council's decision on certification."""

    __tablename__ = "decision"

    application_id: UUID = Field(primary_key=True, foreign_key="application.id")
    outcome: str
    decided_on: date
    protocol_number: str
    members: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_type=Instant)


class Certificate(ApplicationsTable, table=True):
    """The certificate that came of an application, as its event told it."""

    __tablename__ = "certificate"

    application_id: UUID = Field(primary_key=True, foreign_key="application.id")
    certificate_id: UUID = Field(unique=True)
    number: str
    issued_on: date
    valid_until: date


class History(ApplicationsTable, table=True):
    """A change of status: who, when, what; `detail` holds no personal data."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_application", "application_id", "id"),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    application_id: UUID = Field(foreign_key="application.id")
    at: datetime = Field(sa_type=Instant)
    actor: str
    command: str
    from_status: str | None = None
    to_status: str
    detail: str | None = None
