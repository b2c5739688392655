"""Answers about documents."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import DocumentId
from services.applications.documents.requirements import DocumentCheck
from shared.events.requirements import Slug


class DocumentAnswer(RowAnswer):
    """A document of an application: what it proves, and its file's name, size and digest."""

    id: DocumentId
    kind: Slug = Field(
        description="kind of the document, in the qualification's words",
        examples=["education_secondary_general"],
    )
    months: int | None = Field(
        ge=0, le=600, description="months of experience that it proves", examples=[36]
    )
    field: Slug | None = Field(
        description="field of the experience that it proves", examples=["road_construction"]
    )
    file_name: str = Field(
        min_length=1,
        max_length=200,
        description="name of the file, without folders",
        examples=["diploma.pdf"],
    )
    size: int = Field(ge=1, le=2**40, description="size of the file in bytes", examples=[184_320])
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the file, in hexadecimal digits",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    media_type: str = Field(
        max_length=100,
        description="media type of the file, as the content shows",
        examples=["application/pdf"],
    )
    scan: str = Field(
        max_length=40,
        description="what the antivirus found: clean, or not_configured",
        examples=["clean"],
    )
    attached_at: datetime = Field(description="instant at which it was attached")


class DownloadLinkAnswer(BaseModel):
    """A path at which a file can be downloaded until the link expires."""

    path: str = Field(
        max_length=600,
        description="path of the file, with the ticket that opens it",
        examples=["/v1/downloads/gAAAAABpJh"],
    )
    expires_at: datetime = Field(description="instant at which the link ends")


class AttachedDocumentAnswer(DocumentAnswer):
    """A document that was just attached, and the check of all documents with it."""

    check: DocumentCheck = Field(description="what all documents together prove")
