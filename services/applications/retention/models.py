"""The acts of erasure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Sequence
from sqlmodel import Field

from services.applications.base import (
    ApplicationsTable,
    application_id_column,
    json_column,
    metadata,
)
from shared.columns import Instant


class Erasure(ApplicationsTable, table=True):
    """The act of erasure: what was destroyed, when, and on which basis; no personal data."""

    __tablename__ = "erasure"

    application_id: UUID = application_id_column(primary_key=True)
    act_number: str = Field(unique=True)
    erased_at: datetime = Field(sa_type=Instant)
    basis: str
    log: list[dict[str, Any]] = json_column()


erasure_serial = Sequence("erasure_serial", metadata=metadata)
