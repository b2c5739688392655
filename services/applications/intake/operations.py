"""Taking applications in: drafts, submission, amendments. None commits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application import rules as application_rules
from services.applications.application.models import Application
from services.applications.application.operations import begin, tell
from services.applications.application.status import Actor, Command, Status
from services.applications.intake import rules
from services.applications.intake.models import Consent, ConsentText
from services.applications.intake.schemas import ConsentGiven, Form, NewApplication
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.encryption import Keyring
from shared.errors import RuleViolation
from shared.events.catalog import QualificationPublished


async def submit(
    session: AsyncSession,
    new: NewApplication,
    now: datetime,
    settings: ApplicationsSettings,
    keys: Keyring,
    *,
    subject: str | None = None,
    actor: str = Actor.APPLICANT,
    previous_id: UUID | None = None,
) -> UUID:
    """Takes an application, or a draft, for the version in force today. Raises `RuleViolation`.

    `subject` is the applicant's own account, when they apply themselves.
    """
    today = civil_date(now, settings.time_zone)
    received_on = new.received_on or today
    if received_on > today:
        raise RuleViolation(
            "application.received_on", "It cannot have come in the future.", field="/received_on"
        )
    published = await _in_force(session, new.qualification_id, today, settings)
    await check_consent(session, new.consent, today)
    application = Application(
        status=Status.DRAFT if new.draft else Status.SUBMITTED,
        submitted_at=now,
        received_on=received_on,
        previous_id=previous_id,
        applicant_subject=subject,
        **_columns(new, published, today, settings, keys),
    )
    session.add(application)
    await session.flush()
    given = new.consent.text_version
    session.add(Consent(application_id=application.id, text_version=given, given_at=now))
    tell(session, application, "draft" if new.draft else "submit", actor, now, None)
    if new.draft:
        application.kept_until = add_period(today, settings.retention_of_drafts)
    else:
        await operations.happened(session, application, "submitted", received_on, settings)
    await session.flush()
    return application.id


async def amend(
    session: AsyncSession,
    application_id: UUID,
    form: Form,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
    keys: Keyring,
    actor: str,
) -> Application:
    """Replaces the form of a draft or of a returned application.

    The qualification and the centre stay: another one is another application. Raises as `begin`,
    and `RuleViolation`.
    """
    step = await begin(session, application_id, Command.AMEND, expected)
    application = step.application
    for name, same in (
        ("qualification_id", application.qualification_id == form.qualification_id),
        ("centre", application.centre_number == form.centre.number),
    ):
        if not same:
            raise RuleViolation(
                "application.amend",
                "Another qualification or centre is another application. Withdraw this one.",
                field=f"/{name}",
            )
    published = await queries.published_of(session, application)
    today = civil_date(now, settings.time_zone)
    for name, value in _columns(form, published, today, settings, keys).items():
        setattr(application, name, value)
    return await step.take(actor, now)


async def submit_draft(
    session: AsyncSession,
    application_id: UUID,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
    actor: str,
) -> Application:
    """The applicant submits what was a draft. Raises as `begin`, and `RuleViolation`."""
    step = await begin(session, application_id, Command.SUBMIT, expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    published = await _in_force(session, application.qualification_id, today, settings)
    application.qualification_version = published.qualification.version
    application.received_on, application.submitted_at = today, now
    application.kept_until = None
    await operations.happened(session, application, "submitted", today, settings)
    return await step.take(actor, now)


async def check_consent(session: AsyncSession, given: ConsentGiven, today: date) -> None:
    """Consent is given to a text of the register that is in force. Raises `RuleViolation`."""
    text = await session.get(ConsentText, given.text_version)
    if text is None or text.in_force_from > today:
        raise RuleViolation(
            "consent.text_unknown",
            "No such text of consent is in force. The texts are listed at /v1/consent-texts.",
            field="/consent/text_version",
        )


def _columns(
    form: Form,
    published: QualificationPublished,
    today: date,
    settings: ApplicationsSettings,
    keys: Keyring,
) -> dict[str, Any]:
    """The form as columns. Raises `RuleViolation`."""
    applicant, identity, acting = form.applicant, form.identity_document, form.representative
    rules.check_birth_date(applicant.birth_date, today, settings.oldest_applicant_years)
    contacts = {"email": applicant.email, "phone": applicant.phone}
    rules.check_notification_channel(form.notify_by, contacts)
    application_rules.check_issued(
        identity.issued_on, applicant.birth_date, today, "/identity_document/issued_on"
    )
    if acting is not None:
        rules.check_representative(acting.basis, acting.document_number, acting.valid_until, today)
    payer = form.payer
    return {
        **applicant.model_dump(),
        "qualification_id": published.qualification.id,
        "qualification_version": published.qualification.version,
        "council": published.qualification.council,
        "identity_document": keys.encrypt(identity.model_dump(mode="json")),
        "identity_key": keys.current,
        "notify_by": form.notify_by,
        "postal_address": form.postal_address,
        "payer": payer.model_dump(mode="json"),
        "employer_number": payer.registration_number,
        "representative": acting and acting.model_dump(mode="json"),
        "recertifies": form.recertifies and form.recertifies.model_dump(mode="json"),
        "centre_number": form.centre.number,
        "centre_name": form.centre.name,
    }


async def _in_force(
    session: AsyncSession, qualification_id: UUID, today: date, settings: ApplicationsSettings
) -> QualificationPublished:
    """The version under which an application of today is made."""
    known = await queries.published_versions(session, qualification_id)
    if not known:
        raise RuleViolation(
            "application.qualification_unknown",
            "No such qualification is known here. Check the id; if it was published just now, "
            "try again in a moment.",
            field="/qualification_id",
        )
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


async def resubmit(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The applicant has brought what was missing; a new review begins. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.RESUBMIT, expected)
    today = civil_date(now, settings.time_zone)
    await operations.happened(session, step.application, "submitted", today, settings)
    return await step.take(actor or Actor.APPLICANT, now)


async def withdraw(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """The applicant takes the application back. Raises as `steps.begin`."""
    step = await begin(session, application_id, Command.WITHDRAW, expected)
    application, today = step.application, civil_date(now, settings.time_zone)
    application.closed_on = today
    application.kept_until = add_period(today, settings.retention_of_unfinished)
    await operations.call_off(session, application_id)
    return await step.take(actor or Actor.APPLICANT, now)
