"""One application and all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.lifecycle.requirements import Check, Evidence, check
from services.applications.models import (
    Appeal,
    Application,
    Appointment,
    Certificate,
    Consent,
    Decision,
    Delivery,
    Document,
    Examination,
    History,
    QualificationVersion,
    QualificationWithdrawal,
    Review,
    TimeLimit,
)
from shared.errors import NotFound
from shared.events.catalog import QualificationPublished


class OfApplication(Protocol):
    """A row of which an application can have several; the latest one holds."""

    id: int | None
    application_id: UUID


Step = TypeVar("Step", bound=OfApplication)


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the procedure knows of one application."""

    application: Application
    published: QualificationPublished
    documents: Sequence[Document]
    consent: Consent | None
    review: Review | None
    appointment: Appointment | None
    examination: Examination | None
    decision: Decision | None
    certificate: Certificate | None
    delivery: Delivery | None
    limits: Sequence[TimeLimit]
    appeals: Sequence[Appeal]

    def check(self) -> Check:
        """The documents held against the qualification's rule tree."""
        return check_documents(self.published, self.documents)


async def application(session: AsyncSession, application_id: UUID) -> Application:
    """One application. Raises `NotFound`."""
    return _found(await session.get(Application, application_id), application_id)


async def locked_application(session: AsyncSession, application_id: UUID) -> Application:
    """One application, locked until the transaction ends. Raises `NotFound`."""
    locked = await session.get(Application, application_id, with_for_update={"key_share": True})
    return _found(locked, application_id)


async def dossier(session: AsyncSession, application: Application) -> Dossier:
    """All that belongs to the application; of what happened more than once, the latest."""
    own = application.id
    limits = select(TimeLimit).where(TimeLimit.application_id == own)
    return Dossier(
        application,
        await published_of(session, application),
        await documents(session, own),
        await consent_of(session, own),
        await latest(session, Review, own),
        await latest(session, Appointment, own),
        await latest(session, Examination, own),
        await latest(session, Decision, own),
        await session.get(Certificate, own),
        await session.get(Delivery, own),
        (await session.exec(limits.order_by(col(TimeLimit.id)))).all(),
        await appeals_of(session, own),
    )


async def consent_of(session: AsyncSession, application_id: UUID) -> Consent | None:
    """The consent that came with an application; None once the file was erased."""
    query = select(Consent).where(Consent.application_id == application_id)
    return (await session.exec(query)).first()


async def appeals_of(session: AsyncSession, application_id: UUID) -> Sequence[Appeal]:
    """The appeals against what was done with an application, oldest first."""
    query = select(Appeal).where(Appeal.application_id == application_id)
    return (await session.exec(query.order_by(col(Appeal.filed_on), col(Appeal.id)))).all()


def check_documents(published: QualificationPublished, documents: Sequence[Document]) -> Check:
    """Documents held against the qualification's rule tree."""
    evidence = (Evidence(d.id, d.kind, d.months, d.field) for d in documents)
    return check(published.requirements, evidence)


async def check_of(session: AsyncSession, application: Application) -> Check:
    """The application's documents held against its qualification's rule tree."""
    published = await published_of(session, application)
    return check_documents(published, await documents(session, application.id))


async def latest(session: AsyncSession, kind: type[Step], application_id: UUID) -> Step | None:
    """The latest review, appointment, examination or decision, which is the one that holds."""
    query = select(kind).where(kind.application_id == application_id)
    return (await session.exec(query.order_by(col(kind.id).desc()).limit(1))).first()


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


async def published_of(session: AsyncSession, application: Application) -> QualificationPublished:
    """The version of the qualification for which the application was made."""
    known = await published(
        session, application.qualification_id, application.qualification_version
    )
    assert known is not None, "a foreign key holds the version"
    return known


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


async def history(session: AsyncSession, application_id: UUID) -> Sequence[History]:
    """The changes of an application's status, oldest first."""
    query = select(History).where(History.application_id == application_id)
    return (await session.exec(query.order_by(col(History.id)))).all()


def _found(application: Application | None, application_id: UUID) -> Application:
    if application is None:
        raise NotFound("application.unknown", f"There is no application {application_id}.")
    return application
