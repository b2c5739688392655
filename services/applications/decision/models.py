"""Decisions, the certificates that came of them, delivery."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column, metadata
from services.applications.decision.rules import FinalKind
from shared.columns import Instant, enum_text, identity_key, json_column

IS_LIVE = "final_kind IS NULL"
# Sequences are never rolled back: two statements cannot get one number, whatever crashes.
statement_serial = Sequence("statement_serial", metadata=metadata)


class Decision(ApplicationsTable, table=True):
    """The council's decision on certification by an examination; the latest one holds.

    `ordinal` counts the decisions on the application, `statement_version` its statements: each
    from 1, and those after the first follow an appeal.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("application_id", "ordinal", name="uq_decision_ordinal"),
        Index("ix_decision_application", "application_id", "id"),
        Index("ix_decision_protocol", text("lower(protocol_number::text)")),
    )

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    ordinal: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    examination_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("examination.id"))
    )
    outcome: str
    decided_on: date
    protocol_number: str
    members: tuple[str, ...] = json_column(tuple[str, ...])
    recommendation: str | None = None
    statement_number: str | None = Field(default=None, unique=True)
    statement_version: int | None = None
    recorded_at: datetime = Field(sa_type=Instant)


class Certificate(ApplicationsTable, table=True):
    """The certificate that was issued for an application, as its events tell of it.

    Of several, issued by decisions after appeals, the latest; `decision_ordinal` is the latest
    decision that it rests on. `valid_until` is its last day as printed, `ends_on` its last day now.
    `final_kind` says after what nobody is reminded of its end, `successor` is the number of the one
    that followed it. `suspended_on` is set while a measure suspends it. Centre
    and council are those of the application: endings are counted by them.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        Index("ix_certificate_ending", "ends_on", "application_id", postgresql_where=IS_LIVE),
        Index("ix_certificate_by_centre", "centre_number", "ends_on", postgresql_where=IS_LIVE),
        Index("ix_certificate_by_council", "council", "ends_on", postgresql_where=IS_LIVE),
    )

    application_id: UUID = application_id_column(primary_key=True)
    certificate_id: UUID = Field(unique=True)
    number: str = Field(index=True)
    decision_ordinal: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    issued_on: date
    valid_until: date
    ends_on: date
    centre_number: str
    council: str
    final_kind: FinalKind | None = Field(
        default=None, sa_column=Column(enum_text(FinalKind, "final_kind"))
    )
    successor: str | None = None
    suspended_on: date | None = None


class Delivery(ApplicationsTable, table=True):
    """How the certificate or the statement of a decision reached the person."""

    __tablename__ = "delivery"

    decision_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("decision.id"), primary_key=True)
    )
    handed_over_on: date
    handover_method: str


class RegistryEntry(ApplicationsTable, table=True):
    """The registry's entry of one version of a certificate or of a statement.

    `subject_id` is the certificate's id; of a statement, its application's.
    """

    __tablename__ = "registry_entry"
    __table_args__ = (Index("ix_registry_entry_application", "application_id"),)

    subject_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    application_id: UUID = application_id_column()
    record_number: str
    entered_on: date
