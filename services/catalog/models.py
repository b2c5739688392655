"""The catalog's tables."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.catalog.lifecycle import Status
from shared.db import Instant, Word, new_metadata

metadata = new_metadata()


class CatalogTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's tables."""

    metadata: ClassVar[Any] = metadata


class Qualification(CatalogTable, table=True):
    """A qualification: the form's columns, and where it stands.

    `revision` counts changes (it is the ETag); `version` counts publications, 0 while a draft.
    """

    __tablename__ = "qualification"
    __table_args__ = (
        # The registry number may be absent, so this is what a publisher's retry runs into.
        Index(
            "uq_qualification_identity",
            "council",
            "name",
            "level",
            text("coalesce(sublevel, '')"),
            text("coalesce(occupational_standard ->> 'code', '')"),
            unique=True,
        ),
        Index("ix_qualification_listing", "name", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    status: Status = Field(sa_column=Column(Word(Status), nullable=False))
    revision: int = 1
    version: int = 0
    registry_number: str | None = Field(default=None, unique=True)
    name: str
    council: str
    occupational_standard: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    level: int
    sublevel: str | None = None
    labour_functions: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    legal_requirement: str | None = None
    requirements: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    requirements_text: str | None = None
    validity_term: str | None = None
    additional_characteristics: str | None = None
    completed_by_publisher: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    search_text: str
    created_at: datetime = Field(sa_type=Instant)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
