"""Taking applications in, and their documents."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications import queries
from services.applications.lifecycle.requirements import kinds
from services.applications.lifecycle.rules import (
    check_birth_date,
    check_document,
    check_notification_channel,
)
from services.applications.lifecycle.status import TRANSITIONS, Actor, Command, Status
from services.applications.models import Application, Consent, Document, History
from services.applications.operations.steps import begin
from services.applications.schemas import NewApplication
from services.applications.settings import ApplicationsSettings
from shared.clock import civil_date
from shared.errors import AlreadyExists, RuleViolation
from shared.events.catalog import QualificationPublished


async def submit(
    session: AsyncSession, new: NewApplication, now: datetime, settings: ApplicationsSettings
) -> UUID:
    """Takes an application for the version in force today. Raises `RuleViolation`."""
    applicant = new.applicant
    today = civil_date(now, settings.time_zone)
    check_birth_date(applicant.birth_date, today, settings.oldest_applicant_years)
    contacts = {"email": applicant.email, "phone": applicant.phone}
    check_notification_channel(new.notify_by, contacts)
    published = await _in_force(session, new.qualification_id, today, settings)
    application = Application(
        **applicant.model_dump(),
        status=Status.SUBMITTED,
        qualification_id=published.qualification.id,
        qualification_version=published.qualification.version,
        notify_by=new.notify_by,
        centre_number=new.centre.number,
        centre_name=new.centre.name,
        submitted_at=now,
    )
    session.add(application)
    await session.flush()
    version = new.consent.text_version
    session.add(Consent(application_id=application.id, text_version=version, given_at=now))
    session.add(
        History(
            application_id=application.id,
            at=now,
            actor=Actor.APPLICANT,
            command="submit",
            to_status=Status.SUBMITTED,
        )
    )
    await session.flush()
    return application.id


async def check_attachable(session: AsyncSession, application_id: UUID, new: Document) -> None:
    """Refuses early, before the file is stored, what `attach` would refuse. Changes nothing."""
    application = await queries.application(session, application_id)
    TRANSITIONS.apply(Status(application.status), Command.ATTACH_DOCUMENT)
    await _check_kind(session, application, new)


async def attach(
    session: AsyncSession, application_id: UUID, new: Document, expected: int | None
) -> Document:
    """Enters a document whose file is in object storage already; one known already is answered.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`, `RuleViolation`, `AlreadyExists`.
    """
    step = await begin(session, application_id, Command.ATTACH_DOCUMENT, expected)
    await _check_kind(session, step.application, new)
    same = await queries.same_document(session, new)
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
    await session.delete(await queries.document(session, application_id, document_id))
    step.application.revision += 1
    await session.flush()
    return step.application


async def _check_kind(session: AsyncSession, application: Application, new: Document) -> None:
    published = await _published(
        session, application.qualification_id, application.qualification_version
    )
    check_document(new.kind, new.months, new.field, kinds(published.requirements))


async def _in_force(
    session: AsyncSession, qualification_id: UUID, today: date, settings: ApplicationsSettings
) -> QualificationPublished:
    """The version under which an application of today is made."""
    known = await queries.published_versions(session, qualification_id)
    if not known:
        raise _unknown()
    begun = [one for one in known if _effective(one, settings) <= today]
    if not begun:
        raise RuleViolation(
            "application.qualification_not_yet",
            f"The qualification is in force from {_effective(known[-1], settings)}; apply then.",
            field="/qualification_id",
        )
    end = await queries.withdrawn_from(session, qualification_id)
    if end is not None and end <= today:
        raise RuleViolation(
            "application.qualification_withdrawn",
            f"The qualification was withdrawn from {end}; nobody can apply for it any more. "
            "Certificates that were issued stay valid for their term.",
            field="/qualification_id",
        )
    return begun[0]


def _effective(version: QualificationPublished, settings: ApplicationsSettings) -> date:
    return version.effective_from or civil_date(version.published_at, settings.time_zone)


async def _published(
    session: AsyncSession, qualification_id: UUID, version: int
) -> QualificationPublished:
    published = await queries.published(session, qualification_id, version)
    if published is None:
        raise _unknown()
    return published


def _unknown() -> RuleViolation:
    return RuleViolation(
        "application.qualification_unknown",
        "No such qualification is known here. Check the id; if it was published just now, "
        "try again in a moment.",
        field="/qualification_id",
    )
