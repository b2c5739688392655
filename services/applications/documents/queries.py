"""Reading documents, and holding them against the requirements."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import get_published_version
from services.applications.documents.models import Document
from services.applications.documents.requirements import DocumentCheck, Evidence, check_requirements
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished


def check_documents(
    version: QualificationPublished, documents: Sequence[Document]
) -> DocumentCheck:
    """Documents held against the qualification's rule tree."""
    evidence = (
        Evidence(document.id, document.kind, document.months, document.field)
        for document in documents
    )
    return check_requirements(version.requirements, evidence)


async def check_application_documents(
    session: AsyncSession, application: Application
) -> DocumentCheck:
    """The application's documents held against its qualification's rule tree."""
    version = await get_published_version(session, application)
    return check_documents(version, await list_documents(session, application.id))


async def list_documents(session: AsyncSession, application_id: UUID) -> Sequence[Document]:
    """The documents of an application, in the order in which they were attached."""
    query = (
        select(Document)
        .where(Document.application_id == application_id)
        .order_by(col(Document.attached_at), col(Document.id))
    )
    return (await session.exec(query)).all()


async def get_document(session: AsyncSession, application_id: UUID, document_id: UUID) -> Document:
    """The document with this id, of this application. Raises `NotFound`."""
    row = await session.get(Document, document_id)
    if row is None or row.application_id != application_id:
        raise NotFound(
            "document.unknown", f"Application {application_id} has no document {document_id}."
        )
    return row


async def count_documents(session: AsyncSession, application_id: UUID) -> int:
    """How many documents an application has."""
    query = select(func.count()).where(Document.application_id == application_id)
    return (await session.exec(query)).one()


async def find_same_document(session: AsyncSession, new_document: Document) -> Document | None:
    """The stored document that proves the same fact by the same file; None when there is none."""
    query = select(Document).where(
        Document.application_id == new_document.application_id,
        Document.kind == new_document.kind,
        Document.sha256 == new_document.sha256,
        col(Document.field).is_not_distinct_from(new_document.field),
    )
    return (await session.exec(query)).first()
