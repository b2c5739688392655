"""Decisions, the certificates that came of them, delivery."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, Sequence, text
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column, metadata
from services.applications.decision.rules import FinalKind
from shared.columns import Instant, enum_text, identity_key, json_column

IS_LIVE = "final_kind IS NULL"
# Sequences are never rolled back: two statements cannot get one number, whatever crashes.
statement_serial = Sequence("statement_serial", metadata=metadata)


class Decision(ApplicationsTable, table=True):
    """The council's decision on certification; the latest one holds."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_application", "application_id", "id"),
        Index("ix_decision_protocol", text("lower(protocol_number::text)")),
    )

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    outcome: str
    decided_on: date
    protocol_number: str
    members: tuple[str, ...] = json_column(tuple[str, ...])
    recommendation: str | None = None
    statement_number: str | None = Field(default=None, unique=True)
    recorded_at: datetime = Field(sa_type=Instant)


class Certificate(ApplicationsTable, table=True):
    """The certificate that was issued for an application, as its events tell of it.

    `valid_until` is its last day as printed, `ends_on` its last day now. `final_kind` says after
    what nobody is reminded of its end, `successor` is the number of the one that followed it.
    `suspended_on` is set while a measure suspends it. Centre
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
    """How the certificate or the statement reached the person, and the registry's entry."""

    __tablename__ = "delivery"

    application_id: UUID = application_id_column(primary_key=True)
    handed_over_on: date | None = None
    handover_method: str | None = None
    registry_record: str | None = None
    registry_entered_on: date | None = None
