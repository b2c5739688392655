"""Approvals that wait for the registry's number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.certificates.base import CertificatesTable
from shared.columns import Instant, identity_key, json_column
from shared.events.applications import ApplicationApproved


class NumberRequest(CertificatesTable, table=True):
    """An approved application that waits until the registry assigns the certificate's number."""

    __tablename__ = "number_request"
    __table_args__ = (
        Index("ix_number_request_waiting", "id", postgresql_where=text("number IS NULL")),
    )

    id: int | None = identity_key()
    application_id: UUID = Field(unique=True)
    approval: ApplicationApproved = json_column(ApplicationApproved)
    requested_at: datetime = Field(sa_type=Instant)
    number: str | None = None
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)
