"""The tables of certificates, their changes and duplicates, and of not-passed statements."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, UniqueConstraint, false, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from services.certificates.certificate.rules import Ground, WatchedChange
from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.certificate.standing import Change, ChangeKind
from shared.columns import Instant, enum_text, identity_key, json_column
from shared.events.applications import Holder
from shared.events.catalog import QualificationContent

_IS_LIVE = text("next_notice_on IS NOT NULL")
"""A certificate about whose end there is still something to tell."""


class Certificate(CertificatesTable, table=True):
    """A certificate, with everything that it prints.

    `version` counts what it says, from 1: each correction of its facts is the next one.
    `valid_until` is the end as printed, `ends_on` the end by all changes; `generation` counts
    the changes of the end. `next_notice_on` is the civil date of the next notice about its
    validity, the watermark of the scan: none after the last notice, or once it has ended. Notices
    are due only on days after `planned_from`: the day of issue, or of the last change of the end.
    `decision_ordinal` is the latest decision of the council on which it rests: of an application's
    certificates, all but the latest have ended.
    Validity itself is no column: it follows from these, the changes and the clock. `in_feed` is
    whether the service has entered it into the registry's feed; one that is inserted without it was
    loaded past the service, and a trigger adds it to `feed_backlog`.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("application_id", "decision_ordinal", name="uq_certificate_decision"),
        Index("ix_certificate_next_notice", "next_notice_on", "id", postgresql_where=_IS_LIVE),
        Index(
            "ix_certificate_live_qualification",
            *("qualification_id", "ends_on", "id"),
            postgresql_where=_IS_LIVE,
        ),
        Index("ix_certificate_qualification_issued_on", "qualification_id", "issued_on"),
        Index("ix_certificate_listing", "issued_at", "id"),
        Index("ix_certificate_ends_on", "ends_on", "id", postgresql_include=["next_notice_on"]),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    number: str = Field(unique=True)
    application_id: UUID
    decision_ordinal: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    holder: Holder = json_column(Holder)
    qualification_id: UUID
    qualification_version: int
    qualification: QualificationContent = json_column(QualificationContent)
    centre: PrintedCentre = json_column(PrintedCentre)
    decided_on: date
    decision_protocol: str
    recertifies: str | None = Field(default=None, index=True)
    issued_on: date
    valid_until: date
    ends_on: date
    generation: int = 0
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    revision: int = Field(default=0, description="how many changes it has")
    issued_at: datetime = Field(sa_type=Instant)
    planned_from: date
    next_notice_on: date | None = None
    in_feed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class CertificateChange(CertificatesTable, table=True):
    """A change of a certificate: in effect when, recorded when, by whom; never overwritten.

    `decided_on` is the day of the decision on an extension, which may hold from an earlier day:
    `effective_on`. `ends_on` is the new end of a change that moves it.
    """

    __tablename__ = "certificate_change"
    __table_args__ = (Index("ix_certificate_change_certificate", "certificate_id", "id"),)

    id: int | None = identity_key()
    certificate_id: UUID = Field(foreign_key="certificate.id")
    kind: ChangeKind = Field(sa_column=Column(enum_text(ChangeKind), nullable=False))
    effective_on: date
    recorded_at: datetime = Field(sa_type=Instant)
    actor: str
    reason: str
    basis: str | None = None
    decided_on: date | None = None
    ends_on: date | None = None
    successor: str | None = None
    window_from: date | None = None
    window_to: date | None = None

    def to_change(self) -> Change:
        """The change as the pure rules of standing take it."""
        return Change(self.kind, self.effective_on, self.recorded_at, self.ends_on, self.successor)


class PendingChange(CertificatesTable, table=True):
    """The queue of what watchers are yet to be told, written in the transaction of the fact.

    `effective_on` is the day of effect, of a notice the day on which it was due; `successor` the
    number of the certificate that took the place. A row is deleted by whoever tells of it.
    """

    __tablename__ = "pending_change"

    id: int | None = identity_key()
    certificate_id: UUID = Field(foreign_key="certificate.id")
    kind: WatchedChange = Field(sa_column=Column(enum_text(WatchedChange), nullable=False))
    effective_on: date
    successor: str | None = None
    recorded_at: datetime = Field(sa_type=Instant)


class Duplicate(CertificatesTable, table=True):
    """A duplicate of a certificate (order 725n, items 17-27), with the same number.

    `holder` has the names that it prints: new ones when the ground is a change of name.
    """

    __tablename__ = "duplicate"
    __table_args__ = (UniqueConstraint("certificate_id", "ordinal", name="uq_duplicate_ordinal"),)

    id: int | None = identity_key()
    certificate_id: UUID = Field(foreign_key="certificate.id")
    ordinal: int
    ground: Ground = Field(sa_column=Column(enum_text(Ground), nullable=False))
    basis: str
    applied_on: date
    issued_on: date
    holder: Holder = json_column(Holder)
    centre: PrintedCentre = json_column(PrintedCentre)
    issued_at: datetime = Field(sa_type=Instant)
    actor: str


class Statement(CertificatesTable, table=True):
    """A version of a candidate's not-passed statement; names are erased after `kept_until`.

    A version after the first follows an appeal. Another decision revokes the one that stands; who
    holds the latest version keeps the names of those before as long.
    """

    __tablename__ = "statement"
    __table_args__ = (
        Index("ix_statement_kept_until", "kept_until", postgresql_where=text("holder IS NOT NULL")),
    )

    application_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    decision_ordinal: int
    number: str = Field(unique=True)
    holder: Holder | None = json_column(Holder, nullable=True)
    qualification: QualificationContent = json_column(QualificationContent)
    centre: PrintedCentre = json_column(PrintedCentre)
    decided_on: date
    decision_protocol: str
    examined_from: date
    examined_to: date
    recommendation: str | None = None
    issued_on: date
    issued_at: datetime = Field(sa_type=Instant)
    kept_until: date
    revoked_on: date | None = None
    revocation_basis: str | None = None
