"""Answers about documents."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.application.schemas import RowAnswer
from services.applications.documents.requirements import DocumentCheck


class DocumentAnswer(RowAnswer):
    """A document of an application: what it proves, and its file's name, size and digest."""

    id: UUID
    kind: str
    months: int | None
    field: str | None
    file_name: str
    size: int
    sha256: str
    media_type: str = Field(description="as the content shows")
    scan: str = Field(description="the antivirus: clean, or not_configured")
    attached_at: datetime


class DownloadLinkAnswer(BaseModel):
    """A path at which a file can be downloaded until the link expires."""

    path: str
    expires_at: datetime


class AttachedDocumentAnswer(DocumentAnswer):
    """A document that was just attached, and the check of all documents with it."""

    check: DocumentCheck
