"""Intake of applications: drafts, submission, amendment, renewal. None commits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application import rules as application_rules
from services.applications.application.models import Application
from services.applications.application.operations import append_history, begin_step
from services.applications.application.status import Actor, Command, Status
from services.applications.intake import rules
from services.applications.intake.models import Consent, ConsentText
from services.applications.intake.schemas import (
    ApplicationForm,
    ApplicationRequest,
    ConsentStatement,
)
from services.applications.limits import operations
from services.applications.settings import ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.encryption import Keyring
from shared.errors import RuleViolation
from shared.events.catalog import QualificationPublished


async def submit_application(
    session: AsyncSession,
    body: ApplicationRequest,
    now: datetime,
    settings: ApplicationsSettings,
    keyring: Keyring,
    *,
    subject: str | None = None,
    actor: str = Actor.APPLICANT,
    previous_id: UUID | None = None,
) -> UUID:
    """Submits an application, or leaves a draft, under the version in force today; its id.

    `subject` is the applicant's own account, when they apply themselves. Raises
    `RuleViolation`.
    """
    today = civil_date(now, settings.time_zone)
    received_on = body.received_on or today
    if received_on > today:
        raise RuleViolation(
            "application.received_on", "It cannot have come in the future.", field="/received_on"
        )
    version = await _version_in_force(session, body.qualification_id, today, settings)
    await check_consent_text(session, body.consent, today)
    application = Application(
        status=Status.DRAFT if body.draft else Status.SUBMITTED,
        submitted_at=now,
        received_on=received_on,
        previous_id=previous_id,
        applicant_subject=subject,
        **_form_columns(body, version, today, settings, keyring),
    )
    session.add(application)
    await session.flush()
    text_version = body.consent.text_version
    session.add(Consent(application_id=application.id, text_version=text_version, given_at=now))
    append_history(session, application, "draft" if body.draft else "submit", actor, now, None)
    if body.draft:
        application.kept_until = add_period(today, settings.retention_of_drafts)
    else:
        await operations.record_procedure_event(
            session, application, "submitted", received_on, settings
        )
    await session.flush()
    return application.id


async def amend_application(
    session: AsyncSession,
    application_id: UUID,
    form: ApplicationForm,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
    keyring: Keyring,
    actor: str,
) -> Application:
    """Replaces the form of a draft or of a returned application.

    The qualification and the centre stay: another one is another application. Raises as
    `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.AMEND, expected_revision)
    application = step.application
    for name, is_same in (
        ("qualification_id", application.qualification_id == form.qualification_id),
        ("centre", application.centre_number == form.centre.number),
    ):
        if not is_same:
            raise RuleViolation(
                "application.amend",
                "Another qualification or centre is another application. Withdraw this one.",
                field=f"/{name}",
            )
    version = await queries.published_of(session, application)
    today = civil_date(now, settings.time_zone)
    for name, value in _form_columns(form, version, today, settings, keyring).items():
        setattr(application, name, value)
    return await step.complete_step(actor, now)


async def submit_draft(
    session: AsyncSession,
    application_id: UUID,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
    actor: str,
) -> Application:
    """Submits a draft under the version in force today.

    Raises as `begin_step`, and `RuleViolation`.
    """
    step = await begin_step(session, application_id, Command.SUBMIT, expected_revision)
    application, today = step.application, civil_date(now, settings.time_zone)
    version = await _version_in_force(session, application.qualification_id, today, settings)
    application.qualification_version = version.qualification.version
    application.received_on, application.submitted_at = today, now
    application.kept_until = None
    await operations.record_procedure_event(session, application, "submitted", today, settings)
    return await step.complete_step(actor, now)


async def check_consent_text(session: AsyncSession, consent: ConsentStatement, today: date) -> None:
    """Checks that consent refers to a text that is in force. Raises `RuleViolation`."""
    text = await session.get(ConsentText, consent.text_version)
    if text is None or text.in_force_from > today:
        raise RuleViolation(
            "consent.text_unknown",
            "No such text of consent is in force. The texts are listed at /v1/consent-texts.",
            field="/consent/text_version",
        )


def _form_columns(
    form: ApplicationForm,
    version: QualificationPublished,
    today: date,
    settings: ApplicationsSettings,
    keyring: Keyring,
) -> dict[str, Any]:
    """The form as values of the application's columns. Raises `RuleViolation`."""
    applicant, identity, representative = (
        form.applicant,
        form.identity_document,
        form.representative,
    )
    rules.check_birth_date(applicant.birth_date, today, settings.oldest_applicant_years)
    contacts = {"email": applicant.email, "phone": applicant.phone}
    rules.check_notification_channel(form.notify_by, contacts)
    application_rules.check_issue_date(
        identity.issued_on, applicant.birth_date, today, "/identity_document/issued_on"
    )
    if representative is not None:
        rules.check_representative(
            representative.basis, representative.document_number, representative.valid_until, today
        )
    payer = form.payer
    return {
        **applicant.model_dump(),
        "qualification_id": version.qualification.id,
        "qualification_version": version.qualification.version,
        "council": version.qualification.council,
        "identity_document": keyring.encrypt(identity.model_dump(mode="json")),
        "identity_key": keyring.current_fingerprint,
        "notify_by": form.notify_by,
        "postal_address": form.postal_address,
        "payer": payer.model_dump(mode="json"),
        "employer_number": payer.registration_number,
        "representative": representative and representative.model_dump(mode="json"),
        "recertifies": form.recertifies and form.recertifies.model_dump(mode="json"),
        "centre_number": form.centre.number,
        "centre_name": form.centre.name,
    }


async def _version_in_force(
    session: AsyncSession, qualification_id: UUID, today: date, settings: ApplicationsSettings
) -> QualificationPublished:
    """The version of the qualification that is in force today. Raises `RuleViolation`."""
    versions = await queries.list_qualification_versions(session, qualification_id)
    if not versions:
        raise RuleViolation(
            "application.qualification_unknown",
            "No such qualification is known here. Check the id; if it was published just now, "
            "try again in a moment.",
            field="/qualification_id",
        )
    effective_versions = [
        version for version in versions if _effective_on(version, settings) <= today
    ]
    if not effective_versions:
        raise RuleViolation(
            "application.qualification_not_yet",
            f"The qualification is in force from {_effective_on(versions[-1], settings)}; apply then.",
            field="/qualification_id",
        )
    withdrawn_from = await queries.get_withdrawal_date(session, qualification_id)
    if withdrawn_from is not None and withdrawn_from <= today:
        raise RuleViolation(
            "application.qualification_withdrawn",
            f"The qualification was withdrawn from {withdrawn_from}; nobody can apply for it any more. "
            "Certificates that were issued stay valid for their term.",
            field="/qualification_id",
        )
    return effective_versions[0]


def _effective_on(version: QualificationPublished, settings: ApplicationsSettings) -> date:
    """The civil date from which the version is in force."""
    return version.effective_from or civil_date(version.published_at, settings.time_zone)


async def resubmit_application(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Resubmits a returned application, which goes to review again. Raises as `begin_step`."""
    step = await begin_step(session, application_id, Command.RESUBMIT, expected_revision)
    today = civil_date(now, settings.time_zone)
    await operations.record_procedure_event(session, step.application, "submitted", today, settings)
    return await step.complete_step(actor or Actor.APPLICANT, now)


async def withdraw_application(
    session: AsyncSession,
    application_id: UUID,
    actor: str | None,
    expected_revision: int | None,
    now: datetime,
    settings: ApplicationsSettings,
) -> Application:
    """Withdraws the application for the applicant and cancels its limits.

    Raises as `begin_step`.
    """
    step = await begin_step(session, application_id, Command.WITHDRAW, expected_revision)
    application, today = step.application, civil_date(now, settings.time_zone)
    application.closed_on = today
    application.kept_until = add_period(today, settings.retention_of_unfinished)
    await operations.cancel_limits(session, application_id)
    return await step.complete_step(actor or Actor.APPLICANT, now)
