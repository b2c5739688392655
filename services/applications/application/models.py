"""An application with its form and history, and the qualifications that it can be for."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, ForeignKeyConstraint, Index, Sequence, String, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from services.applications.application.schemas import (
    HistoryFacts,
    Payer,
    RecertifiedCertificate,
    Representative,
)
from services.applications.application.status import Status
from services.applications.base import ApplicationsTable, application_id_column, metadata
from shared.columns import Instant, enum_text, identity_key, json_column
from shared.events.catalog import QualificationPublished

# Sequences are never rolled back: two cases cannot get one number, whatever crashes.
case_serial = Sequence("case_serial", metadata=metadata)
IS_OPEN = "closed_on IS NULL"
IS_CLOSED = "closed_on IS NOT NULL"


class QualificationVersion(ApplicationsTable, table=True):
    """A published version of a qualification, from the catalog's event; never changed."""

    __tablename__ = "qualification_version"

    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    payload: QualificationPublished = json_column(QualificationPublished)
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

    `number` is the case's number, such as `26-000118`. `name_words` are the words of the
    applicant's name as search compares them. `reviewer` leads the case by the name that the history
    keeps, `reviewer_subject` by their account: only who began the review over a session has both.

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
        Index(
            "ix_application_open",
            *("submitted_at", "id"),
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_application_open_by_centre",
            *("centre_number", "status", "submitted_at", "id"),
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_application_open_by_council",
            *("council", "status", "submitted_at", "id"),
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_application_open_by_reviewer",
            *("reviewer_subject", "status"),
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_application_open_by_birth",
            *("birth_date", "qualification_id"),
            postgresql_where=IS_OPEN,
        ),
        Index("ix_application_closed", "closed_on", "id", postgresql_where=IS_CLOSED),
        Index(
            "ix_application_closed_by_centre",
            *("centre_number", "closed_on", "id"),
            postgresql_where=IS_CLOSED,
        ),
        Index(
            "ix_application_closed_by_council",
            *("council", "closed_on", "id"),
            postgresql_where=IS_CLOSED,
        ),
        Index("ix_application_name_words", "name_words", postgresql_using="gin"),
        Index(
            "ix_application_kept_until",
            *("kept_until", "id"),
            postgresql_where="erased_on IS NULL",
        ),
        Index("ix_application_identity_key", "identity_key"),
        Index(
            "ix_application_recertifies",
            text("(recertifies ->> 'number')"),
            postgresql_where="recertifies IS NOT NULL",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: str = Field(sa_column=Column(String, nullable=False, unique=True))
    status: Status = Field(sa_column=Column(enum_text(Status), nullable=False))
    revision: int = 1
    qualification_id: UUID
    qualification_version: int
    council: str
    family_name: str | None
    given_name: str | None
    patronymic: str | None = None
    name_words: str | None = Field(default=None, sa_column=Column(TSVECTOR))
    birth_date: date | None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postal_address: str | None = None
    notify_by: str | None = None
    language: str
    identity_document: bytes | None = None
    identity_key: str | None = None
    payer: Payer | None = json_column(Payer, nullable=True)
    employer_number: str | None = None
    representative: Representative | None = json_column(Representative, nullable=True)
    recertifies: RecertifiedCertificate | None = json_column(RecertifiedCertificate, nullable=True)
    previous_id: UUID | None = None
    applicant_subject: str | None = None
    centre_number: str
    centre_name: str
    submitted_at: datetime = Field(sa_type=Instant)
    received_on: date
    reviewer: str | None = None
    reviewer_subject: str | None = None
    admitted_on: date | None = None
    closed_on: date | None = None
    kept_until: date | None = None
    erased_on: date | None = None


PERSONAL_COLUMNS = (
    *("family_name", "given_name", "patronymic", "name_words", "birth_date", "email", "phone"),
    *("address", "postal_address", "identity_document", "identity_key", "payer"),
    *("employer_number", "representative", "recertifies", "applicant_subject", "reviewer"),
    *("reviewer_subject", "notify_by"),
)
"""The columns of an application that erasure empties."""


class History(ApplicationsTable, table=True):
    """A change of an application: actor, time, command, statuses.

    `detail` is the reason in the actor's own words, `facts` what a sentence about the line says.
    """

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_application", "application_id", "id"),)

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    at: datetime = Field(sa_type=Instant)
    actor: str
    command: str
    from_status: Status | None = Field(
        default=None, sa_column=Column(enum_text(Status, "from_status"))
    )
    to_status: Status = Field(sa_column=Column(enum_text(Status, "to_status"), nullable=False))
    detail: str | None = None
    facts: HistoryFacts | None = json_column(HistoryFacts, nullable=True)
