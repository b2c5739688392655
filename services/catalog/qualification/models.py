"""Qualifications and their versions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, Computed, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field

from services.catalog.base import CatalogTable
from services.catalog.qualification.form import Approval, FormContent
from services.catalog.qualification.status import OPEN_STATUSES, Change, Status
from shared.columns import Instant, enum_text, json_column

_OPEN_STATUSES = ", ".join(f"'{status}'" for status in OPEN_STATUSES)


@dataclass(frozen=True, slots=True)
class VersionId:
    """Which version of which qualification: its number counts from 1 in the order of drafting."""

    qualification_id: UUID
    number: int


class Qualification(CatalogTable, table=True):
    """A qualification through all its versions: its identity, its number, its withdrawal.

    `identity` distinguishes it from others of its council, in one text. `revision` counts the
    changes of the qualification and of its versions; each version keeps the one of its last change.
    """

    __tablename__ = "qualification"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    revision: int = 1
    identity: str = Field(unique=True)
    registry_number: str | None = Field(default=None, unique=True)
    created_at: datetime = Field(sa_type=Instant)
    withdrawn_from: date | None = None
    withdrawal_reason: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class QualificationVersion(CatalogTable, table=True):
    """A version: the form's columns as `content`, its status, approval and effective day.

    A trigger refuses every change of a published one. The columns from `council` to `search_text`
    repeat parts of the content for indexes, and for lists, which leave the content unread.
    """

    __tablename__ = "qualification_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["qualification_id"], ["qualification.id"], name="fk_version_qualification"
        ),
        Index(
            "uq_qualification_version_open",
            "qualification_id",
            unique=True,
            postgresql_where=text(f"status IN ({_OPEN_STATUSES})"),
        ),
        Index("ix_qualification_version_listing", "name", "qualification_id", "version"),
        Index("ix_qualification_version_search", "search", postgresql_using="gin"),
        Index("ix_qualification_version_standards", "standards", postgresql_using="gin"),
        CheckConstraint("(status = 'published') = (effective_from IS NOT NULL)", name="effective"),
    )

    qualification_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    revision: int
    status: Status = Field(sa_column=Column(enum_text(Status), nullable=False))
    change: Change = Field(sa_column=Column(enum_text(Change), nullable=False))
    change_reason: str | None = None
    content: FormContent = json_column(FormContent)
    council: str
    name: str
    level: int
    sublevel: str | None = None
    registry_number: str | None = None
    validity_term: str | None = None
    standards: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    search_name: str
    search_text: str
    search: Any = Field(
        default=None,
        sa_column=Column(
            TSVECTOR,
            Computed(
                "setweight(to_tsvector('russian'::regconfig, search_name), 'A')"
                " || to_tsvector('russian'::regconfig, search_text)",
                persisted=True,
            ),
        ),
    )
    remarks: str | None = None
    approval: Approval | None = json_column(Approval, nullable=True)
    effective_from: date | None = None
    created_at: datetime = Field(sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def version_id(self) -> VersionId:
        """Which version it is."""
        return VersionId(self.qualification_id, self.version)
