"""The acts of erasure."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Sequence
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column, metadata
from services.applications.retention.schemas import LogEntry
from shared.columns import Instant, json_column


class Erasure(ApplicationsTable, table=True):
    """The act of erasure: what was destroyed, when, and on which basis; no personal data."""

    __tablename__ = "erasure"

    application_id: UUID = application_id_column(primary_key=True)
    act_number: str = Field(unique=True)
    erased_at: datetime = Field(sa_type=Instant)
    basis: str
    log: tuple[LogEntry, ...] = json_column(tuple[LogEntry, ...])


erasure_serial = Sequence("erasure_serial", metadata=metadata)
