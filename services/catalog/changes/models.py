"""The change feed and its head."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column
from sqlmodel import Field

from services.catalog.base import CatalogTable
from shared.columns import Instant, enum_text


class CatalogChangeKind(StrEnum):
    """What happened to a qualification."""

    PUBLISHED = "published"  # a version of it
    WITHDRAWN = "withdrawn"


class CatalogChange(CatalogTable, table=True):
    """A publication or withdrawal, in the order of the commits: positions 1, 2, 3 without gaps."""

    __tablename__ = "catalog_change"

    position: int = Field(
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False),
    )
    kind: CatalogChangeKind = Field(sa_column=Column(enum_text(CatalogChangeKind), nullable=False))
    qualification_id: UUID
    version: int
    recorded_at: datetime = Field(sa_type=Instant)


class FeedHead(CatalogTable, table=True):
    """The last position of the feed; its one row is locked until the change is committed."""

    __tablename__ = "feed_head"
    __table_args__ = (CheckConstraint("singleton = 1", name="single_row"),)

    singleton: int = Field(default=1, primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
