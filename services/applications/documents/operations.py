"""The documents of an application. None commits."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application.models import Application
from services.applications.application.operations import begin
from services.applications.application.status import TRANSITIONS, Command, Status
from services.applications.documents import queries as documents_queries
from services.applications.documents.models import Document
from services.applications.documents.requirements import kinds
from services.applications.documents.rules import check_document
from shared.errors import AlreadyExists

MATERIAL = "examination_material"
PAPERS = {"identity_document_copy": False, "power_of_attorney": False}
"""What may come with any application, besides what the qualification asks for (order 706n)."""


async def check_attachable(session: AsyncSession, application_id: UUID, new: Document) -> None:
    """Refuses early, before the file is stored, what `attach` would refuse. Changes nothing."""
    application = await queries.application(session, application_id)
    TRANSITIONS.apply(Status(application.status), _command(new))
    await _check_kind(session, application, new)


async def attach(
    session: AsyncSession, application_id: UUID, new: Document, expected: int | None
) -> Document:
    """Enters a document whose file is in object storage already; one known already is answered.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `RuleViolation`, `AlreadyExists`.
    """
    step = await begin(session, application_id, _command(new), expected)
    await _check_kind(session, step.application, new)
    same = await documents_queries.same_document(session, new)
    if same is not None and same.months == new.months:
        return same
    if same is not None:
        raise AlreadyExists(
            "document.exists",
            f"This file proves {same.months} months already. To correct them, take it back first.",
            field="/months",
            extra={"existing": str(same.id)},
        )
    session.add(new)
    step.application.revision += 1
    await session.flush()
    return new


async def remove(
    session: AsyncSession, application_id: UUID, document_id: UUID, expected: int | None
) -> Application:
    """Takes a document back; its file is left, as another row may name the same content.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    step = await begin(session, application_id, Command.REMOVE_DOCUMENT, expected)
    await session.delete(await documents_queries.document(session, application_id, document_id))
    step.application.revision += 1
    await session.flush()
    return step.application


def _command(new: Document) -> Command:
    return Command.ATTACH_MATERIAL if new.kind == MATERIAL else Command.ATTACH_DOCUMENT


async def _check_kind(session: AsyncSession, application: Application, new: Document) -> None:
    published = await queries.published_of(session, application)
    known = {**PAPERS, **kinds(published.requirements)}
    if new.kind == MATERIAL:
        known[MATERIAL] = False
    check_document(new.kind, new.months, new.field, known)
