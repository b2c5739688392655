"""Reading documents, and holding them against the requirements."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.queries import published_of
from services.applications.documents.models import Document
from services.applications.documents.requirements import Check, Evidence, check
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished


def check_documents(published: QualificationPublished, documents: Sequence[Document]) -> Check:
    """Documents held against the qualification's rule tree."""
    evidence = (Evidence(d.id, d.kind, d.months, d.field) for d in documents)
    return check(published.requirements, evidence)


async def check_of(session: AsyncSession, application: Application) -> Check:
    """The application's documents held against its qualification's rule tree."""
    published = await published_of(session, application)
    return check_documents(published, await documents(session, application.id))


async def documents(session: AsyncSession, application_id: UUID) -> Sequence[Document]:
    """The documents of an application, in the order in which they came."""
    query = (
        select(Document)
        .where(Document.application_id == application_id)
        .order_by(col(Document.attached_at), col(Document.id))
    )
    return (await session.exec(query)).all()


async def document(session: AsyncSession, application_id: UUID, document_id: UUID) -> Document:
    """One document of this application. Raises `NotFound`."""
    found = await session.get(Document, document_id)
    if found is None or found.application_id != application_id:
        raise NotFound(
            "document.unknown", f"Application {application_id} has no document {document_id}."
        )
    return found


async def same_document(session: AsyncSession, new: Document) -> Document | None:
    """The document that proves the same thing by the same file, if there is one."""
    query = select(Document).where(
        Document.application_id == new.application_id,
        Document.kind == new.kind,
        Document.sha256 == new.sha256,
        col(Document.field).is_not_distinct_from(new.field),
    )
    return (await session.exec(query)).first()
