"""Answers about documents."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.applications.application.schemas import RowAnswer
from services.applications.documents.requirements import Check


class Document(RowAnswer):
    """A document of an application."""

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


class DownloadLink(BaseModel):
    """Where a file can be had for a short time."""

    path: str
    expires_at: datetime


class Attached(Document):
    """A document just attached, and what is missing still."""

    check: Check
