"""The documents of applications."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from shared.columns import Instant


class Document(ApplicationsTable, table=True):
    """A document of an application; its file lies in object storage under `object_key`."""

    __tablename__ = "document"
    __table_args__ = (
        # The same file may prove two things, but the same thing counts once.
        Index(
            "uq_document_same",
            "application_id",
            "kind",
            "sha256",
            text("coalesce(field, '')"),
            unique=True,
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    application_id: UUID = application_id_column()
    kind: str
    months: int | None = None
    field: str | None = None
    file_name: str
    media_type: str
    scan: str
    size: int
    sha256: str
    object_key: str
    attached_at: datetime = Field(sa_type=Instant)
