"""The acts of erasure."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Sequence, text
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column, metadata
from services.applications.retention.schemas import LogEntry
from shared.columns import Instant, json_column


class Erasure(ApplicationsTable, table=True):
    """The act of erasure: what was destroyed, when, and on which basis; no personal data.

    `swept_at` is when the store was looked at again, for what was being uploaded at the erasure.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index(
            "ix_erasure_unswept",
            *("erased_at", "application_id"),
            postgresql_where=text("swept_at IS NULL"),
        ),
    )

    application_id: UUID = application_id_column(primary_key=True)
    act_number: str = Field(unique=True)
    erased_at: datetime = Field(sa_type=Instant)
    basis: str
    log: tuple[LogEntry, ...] = json_column(tuple[LogEntry, ...])
    swept_at: datetime | None = Field(default=None, sa_type=Instant)


erasure_serial = Sequence("erasure_serial", metadata=metadata)
