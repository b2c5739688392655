"""The reads of the applications service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.lifecycle.requirements import Check, Evidence, check
from services.applications.lifecycle.status import Status
from services.applications.models import (
    Application,
    Certificate,
    Decision,
    Document,
    Examination,
    History,
    QualificationVersion,
    QualificationWithdrawal,
    Review,
)
from shared import paging
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the procedure knows of one application."""

    application: Application
    published: QualificationPublished
    documents: Sequence[Document]
    review: Review | None
    examination: Examination | None
    decision: Decision | None
    certificate: Certificate | None

    def check(self) -> Check:
        """The documents held against the qualification's rule tree."""
        evidence = (Evidence(d.id, d.kind, d.months, d.field) for d in self.documents)
        return check(self.published.requirements, evidence)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which applications a list asks for; None asks for all."""

    status: Status | None = None
    qualification_id: UUID | None = None


async def application(session: AsyncSession, application_id: UUID) -> Application:
    """One application. Raises `NotFound`."""
    return _found(await session.get(Application, application_id), application_id)


async def locked_application(session: AsyncSession, application_id: UUID) -> Application:
    """One application, locked until the transaction ends. Raises `NotFound`."""
    locked = await session.get(Application, application_id, with_for_update={"key_share": True})
    return _found(locked, application_id)


async def dossier(session: AsyncSession, application: Application) -> Dossier:
    """All that belongs to the application."""
    own = col(Application.id) == application.id
    query = (
        select(QualificationVersion, Examination, Decision, Certificate)
        .select_from(Application)
        .join(
            QualificationVersion,
            (col(QualificationVersion.id) == Application.qualification_id)
            & (col(QualificationVersion.version) == Application.qualification_version),
        )
        .outerjoin(Examination, col(Examination.application_id) == Application.id)
        .outerjoin(Decision, col(Decision.application_id) == Application.id)
        .outerjoin(Certificate, col(Certificate.application_id) == Application.id)
        .where(own)
    )
    version, examination, decision, certificate = (await session.exec(query)).one()
    latest = (
        select(Review)
        .where(Review.application_id == application.id)
        .order_by(col(Review.id).desc())
        .limit(1)
    )
    return Dossier(
        application,
        QualificationPublished.model_validate(version.payload),
        await documents(session, application.id),
        (await session.exec(latest)).first(),
        examination,
        decision,
        certificate,
    )


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


async def published(
    session: AsyncSession, qualification_id: UUID, version: int
) -> QualificationPublished | None:
    """A version of a qualification; None when it is not known here."""
    row = await session.get(QualificationVersion, (qualification_id, version))
    return None if row is None else QualificationPublished.model_validate(row.payload)


async def published_versions(
    session: AsyncSession, qualification_id: UUID
) -> list[QualificationPublished]:
    """The versions that are known here, the newest first."""
    query = (
        select(QualificationVersion)
        .where(QualificationVersion.id == qualification_id)
        .order_by(col(QualificationVersion.version).desc())
    )
    rows = (await session.exec(query)).all()
    return [QualificationPublished.model_validate(row.payload) for row in rows]


async def withdrawn_from(session: AsyncSession, qualification_id: UUID) -> date | None:
    """The day from which nobody may apply for the qualification, if it ends."""
    row = await session.get(QualificationWithdrawal, qualification_id)
    return None if row is None else row.withdrawn_from


async def applications(
    session: AsyncSession, wanted: Filter, cursor: str | None, limit: int
) -> tuple[Sequence[Application], str | None]:
    """A page, the longest waiting first, and the cursor of the next one."""
    order = (col(Application.submitted_at), col(Application.id))
    query = select(Application).order_by(*order)
    if wanted.status is not None:
        query = query.where(Application.status == wanted.status)
    if wanted.qualification_id is not None:
        query = query.where(Application.qualification_id == wanted.qualification_id)
    if cursor is not None:
        query = query.where(tuple_(*order) > tuple_(*paging.decode(cursor, AwareDatetime, UUID)))
    rows = (await session.exec(query.limit(limit + 1))).all()
    page = rows[:limit]
    return page, paging.encode(page[-1].submitted_at, page[-1].id) if len(rows) > limit else None


async def history(session: AsyncSession, application_id: UUID) -> Sequence[History]:
    """The changes of an application's status, oldest first."""
    query = select(History).where(History.application_id == application_id)
    return (await session.exec(query.order_by(col(History.id)))).all()


def _found(application: Application | None, application_id: UUID) -> Application:
    if application is None:
        raise NotFound("application.unknown", f"There is no application {application_id}.")
    return application
