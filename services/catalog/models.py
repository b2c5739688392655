"""The catalog's tables."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.catalog.lifecycle.status import OPEN, Change, Status
from shared.db import Instant, Word, new_metadata

metadata = new_metadata()

_OPEN = ", ".join(f"'{status}'" for status in OPEN)


class CatalogTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata


class Qualification(CatalogTable, table=True):
    """A qualification through all its versions: what it is known by, and how it ended.

    `identity` is what tells it from others of its council, in one text. `revision` counts the
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
    """A version: the form's columns as `content`, and where it stands.

    A trigger refuses every change of a published one. The columns from `council` to `search_text`
    repeat parts of the content for indexes.
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
            postgresql_where=text(f"status IN ({_OPEN})"),
        ),
        Index("ix_qualification_version_listing", "name", "qualification_id", "version"),
        Index("ix_qualification_version_search", "search", postgresql_using="gin"),
        Index("ix_qualification_version_standards", "standards", postgresql_using="gin"),
        CheckConstraint("(status = 'published') = (effective_from IS NOT NULL)", name="effective"),
    )

    qualification_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    revision: int
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    change: Change = Field(sa_column=Column(Word(Change), nullable=False))
    change_reason: str | None = None
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    council: str
    name: str
    level: int
    registry_number: str | None = None
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
    approval: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    effective_from: date | None = None
    created_at: datetime = Field(sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)


class CatalogChange(CatalogTable, table=True):
    """What others must hear of, in the order in which it was committed: 1, 2, 3 without gaps."""

    __tablename__ = "catalog_change"

    position: int = Field(
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False),
    )
    kind: str
    qualification_id: UUID
    version: int
    recorded_at: datetime = Field(sa_type=Instant)


class FeedHead(CatalogTable, table=True):
    """The last position given out; its one row is locked until the change is committed."""

    __tablename__ = "feed_head"
    __table_args__ = (CheckConstraint("one = 1", name="single_row"),)

    one: int = Field(default=1, primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class TableImport(CatalogTable, table=True):
    """A council's uploaded table: the file as it came, what was read in it, what came of each row.

    `outcomes` maps a row's number to what applying it did.
    """

    __tablename__ = "table_import"
    __table_args__ = (Index("ix_table_import_listing", "created_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    revision: int = 1
    file_name: str
    sha256: str
    size: int
    content: bytes
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    outcomes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_type=Instant)
