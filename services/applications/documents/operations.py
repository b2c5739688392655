"""The documents of an application. None commits."""

from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import check_kept, lock_for_command
from services.applications.application.queries import get_application, get_published_version
from services.applications.application.status import TRANSITIONS, Command
from services.applications.documents.models import Document
from services.applications.documents.queries import (
    count_documents,
    find_same_document,
    get_document,
)
from services.applications.documents.requirements import document_kinds
from services.applications.documents.rules import (
    GENERAL_DOCUMENT_KINDS,
    MATERIAL_KIND,
    check_document,
    check_document_count,
)
from services.applications.settings import ApplicationsContext
from shared.db import execute
from shared.errors import AlreadyExists


async def check_attachable(session: AsyncSession, application_id: UUID, document: Document) -> None:
    """Refuses what `attach_document` would refuse, before the file is stored. Changes nothing.

    Raises `NotFound`, `IllegalTransition`, `RuleViolation`.
    """
    application = await get_application(session, application_id)
    TRANSITIONS.next_status(application.status, _attachment_command(document))
    check_kept(application)
    await _check_document_kind(session, application, document)
    if await find_same_document(session, document) is None:
        check_document_count(await count_documents(session, application_id))


async def attach_document(
    context: ApplicationsContext, application_id: UUID, document: Document
) -> Document:
    """Adds the row of a document whose file is stored; a repetition returns the existing row.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `RuleViolation`, `AlreadyExists`.
    """
    session = context.session
    application, _ = await lock_for_command(context, application_id, _attachment_command(document))
    await _check_document_kind(session, application, document)
    existing_document = await find_same_document(session, document)
    if existing_document is not None and existing_document.months == document.months:
        return existing_document
    if existing_document is not None:
        raise AlreadyExists(
            "document.exists",
            f"This file proves {existing_document.months} months already. To correct them, take "
            "it back first.",
            field="/months",
            extra={"existing": str(existing_document.id)},
        )
    check_document_count(await count_documents(session, application_id))
    session.add(document)
    application.revision += 1
    await session.flush()
    return document


async def remove_document(
    context: ApplicationsContext, application_id: UUID, document_id: UUID
) -> Application:
    """Removes a document's row; its file stays, as another row may name the same content.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    session = context.session
    application, _ = await lock_for_command(context, application_id, Command.REMOVE_DOCUMENT)
    await session.delete(await get_document(session, application_id, document_id))
    application.revision += 1
    await session.flush()
    return application


async def erase_documents(context: ApplicationsContext, application_id: UUID) -> int:
    """Deletes an application's documents, whose files are deleted already; the number of rows."""
    statement = delete(Document).where(col(Document.application_id) == application_id)
    return (await execute(context.session, statement)).rowcount


def _attachment_command(document: Document) -> Command:
    return Command.ATTACH_MATERIAL if document.kind == MATERIAL_KIND else Command.ATTACH_DOCUMENT


async def _check_document_kind(
    session: AsyncSession, application: Application, document: Document
) -> None:
    version = await get_published_version(session, application)
    experience_by_kind = {**GENERAL_DOCUMENT_KINDS, **document_kinds(version.requirements)}
    if document.kind == MATERIAL_KIND:
        experience_by_kind[MATERIAL_KIND] = False
    check_document(document.kind, document.months, document.field, experience_by_kind)
