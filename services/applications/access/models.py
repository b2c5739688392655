"""The record of who saw personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from shared.columns import Instant, identity_key


class Disclosure(ApplicationsTable, table=True):
    """A disclosure of personal data: who read it, under which scope, at which route.

    `application_id` is None where a dead letter was read that names no application of here.
    """

    __tablename__ = "disclosure"
    __table_args__ = (Index("ix_disclosure_application", "application_id", "id"),)

    id: int | None = identity_key()
    application_id: UUID | None = application_id_column()
    disclosed_at: datetime = Field(sa_type=Instant)
    subject: str
    scope: str
    resource: str
