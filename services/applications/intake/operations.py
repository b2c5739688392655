"""Intake of applications: drafts, submission, amendment, withdrawal. None commits."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.operations import (
    append_history,
    build_name_words,
    extend_keeping,
    new_case_number,
    take_step,
)
from services.applications.application.queries import (
    get_published_version,
    get_withdrawal_date,
    list_qualification_versions,
)
from services.applications.application.rules import check_issue_date
from services.applications.application.status import Command, Status
from services.applications.intake import rules
from services.applications.intake.identity_document import RUSSIAN_PASSPORT
from services.applications.intake.models import Consent, ConsentText
from services.applications.intake.schemas import (
    ApplicationForm,
    ApplicationRequest,
    ConsentStatement,
)
from services.applications.limits.operations import cancel_limits, record_procedure_event
from services.applications.limits.rules import ProcedureEvent
from services.applications.settings import ApplicationsContext, ApplicationsSettings
from shared.clock import add_period, civil_date
from shared.db import execute
from shared.errors import RuleViolation
from shared.events.catalog import QualificationPublished


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an application comes from.

    `subject` is the applicant's own account, when they apply themselves; `previous_id` the
    application that this one renews.
    """

    subject: str | None = None
    previous_id: UUID | None = None


async def submit_application(
    context: ApplicationsContext, body: ApplicationRequest, origin: Origin
) -> UUID:
    """Submits an application, or leaves a draft, under the version in force today; its id.

    Raises `RuleViolation`.
    """
    session, today = context.session, context.today
    received_on = body.received_on or today
    rules.check_receipt(received_on, today, context.settings.paper_receipt_days)
    version = await _version_in_force(context, body.qualification_id)
    await check_consent_text(session, body.consent, today)
    application = Application(
        status=Status.DRAFT if body.draft else Status.SUBMITTED,
        submitted_at=context.now,
        received_on=received_on,
        previous_id=origin.previous_id,
        applicant_subject=origin.subject,
        **{"number": new_case_number(received_on), **_form_columns(context, body, version)},
    )
    session.add(application)
    await session.flush()
    text_version = body.consent.text_version
    session.add(
        Consent(application_id=application.id, text_version=text_version, given_at=context.now)
    )
    append_history(context, application, "draft" if body.draft else "submit", None)
    if body.draft:
        application.kept_until = add_period(today, context.settings.retention_of_drafts)
    else:
        await record_procedure_event(context, application, ProcedureEvent.SUBMITTED, received_on)
    await session.flush()
    return application.id


async def amend_application(
    context: ApplicationsContext, application_id: UUID, form: ApplicationForm
) -> Application:
    """Replaces the form of a draft or of a returned application.

    The qualification and the centre stay: another one is another application. Raises as
    `take_step`, and `RuleViolation`.
    """
    async with take_step(context, application_id, Command.AMEND) as application:
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
        version = await get_published_version(context.session, application)
        for name, value in _form_columns(context, form, version).items():
            setattr(application, name, value)
    return application


async def submit_draft(context: ApplicationsContext, application_id: UUID) -> Application:
    """Submits a draft under the version in force today.

    Raises as `take_step`, and `RuleViolation`.
    """
    async with take_step(context, application_id, Command.SUBMIT) as application:
        version = await _version_in_force(context, application.qualification_id)
        application.qualification_version = version.qualification.version
        application.received_on, application.submitted_at = context.today, context.now
        application.kept_until = None
        await record_procedure_event(context, application, ProcedureEvent.SUBMITTED, context.today)
    return application


async def resubmit_application(context: ApplicationsContext, application_id: UUID) -> Application:
    """Resubmits a returned application, which goes to review again. Raises as `take_step`."""
    async with take_step(context, application_id, Command.RESUBMIT) as application:
        await record_procedure_event(context, application, ProcedureEvent.SUBMITTED, context.today)
    return application


async def withdraw_application(context: ApplicationsContext, application_id: UUID) -> Application:
    """Withdraws the application for the applicant and cancels its limits.

    Raises as `take_step`.
    """
    async with take_step(context, application_id, Command.WITHDRAW) as application:
        retention = context.settings.retention_of_unfinished
        application.closed_on = context.today
        extend_keeping(application, add_period(context.today, retention))
        await cancel_limits(context.session, application_id)
    return application


async def erase_consent(context: ApplicationsContext, application_id: UUID) -> int:
    """Deletes the consent, which is a document of the person; the number of rows."""
    statement = delete(Consent).where(col(Consent.application_id) == application_id)
    return (await execute(context.session, statement)).rowcount


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
    context: ApplicationsContext, form: ApplicationForm, version: QualificationPublished
) -> dict[str, Any]:
    """The form as values of the application's columns. Raises `RuleViolation`."""
    _check_form(context, form)
    applicant, keyring = form.applicant, context.settings.keyring
    return {
        **applicant.model_dump(),
        "name_words": build_name_words(
            applicant.family_name, applicant.given_name, applicant.patronymic
        ),
        "qualification_id": version.qualification.id,
        "qualification_version": version.qualification.version,
        "council": version.qualification.council,
        "identity_document": keyring.encrypt(form.identity_document.model_dump(mode="json")),
        "identity_key": keyring.current_fingerprint,
        "notify_by": form.notify_by,
        "language": form.language,
        "postal_address": form.postal_address,
        "payer": form.payer,
        "employer_number": form.payer.registration_number,
        "representative": form.representative,
        "recertifies": form.recertifies,
        "centre_number": form.centre.number,
        "centre_name": form.centre.name,
    }


def _check_form(context: ApplicationsContext, form: ApplicationForm) -> None:
    """Checks what the fields cannot say by themselves. Raises `RuleViolation`."""
    applicant, representative, today = form.applicant, form.representative, context.today
    settings, document = context.settings, form.identity_document
    rules.check_birth_date(
        applicant.birth_date,
        today,
        settings.youngest_applicant_years,
        settings.oldest_applicant_years,
    )
    rules.check_phone(applicant.phone, settings.phone_country)
    contacts = {"email": applicant.email, "phone": applicant.phone}
    rules.check_notification_channel(form.notify_by, contacts)
    check_issue_date(
        document.issued_on, applicant.birth_date, today, "/identity_document/issued_on"
    )
    if document.type == RUSSIAN_PASSPORT:
        rules.check_passport_age(applicant.birth_date, document.issued_on, settings.passport_years)
    if form.recertifies is not None:
        rules.check_recertified_issue(form.recertifies.issued_on, applicant.birth_date, today)
    if representative is not None:
        rules.check_representative(
            representative.basis, representative.document_number, representative.valid_until, today
        )


async def _version_in_force(
    context: ApplicationsContext, qualification_id: UUID
) -> QualificationPublished:
    """The version of the qualification that is in force today. Raises `RuleViolation`."""
    today, settings = context.today, context.settings
    versions = await list_qualification_versions(context.session, qualification_id)
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
            f"The qualification is in force from {_effective_on(versions[-1], settings)}; "
            "apply then.",
            field="/qualification_id",
            values={"effective_on": _effective_on(versions[-1], settings)},
        )
    withdrawn_from = await get_withdrawal_date(context.session, qualification_id)
    if withdrawn_from is not None and withdrawn_from <= today:
        raise RuleViolation(
            "application.qualification_withdrawn",
            f"The qualification was withdrawn from {withdrawn_from}; nobody can apply for it any "
            "more. Certificates that were issued stay valid for their term.",
            field="/qualification_id",
            values={"withdrawn_from": withdrawn_from},
        )
    return effective_versions[0]


def _effective_on(version: QualificationPublished, settings: ApplicationsSettings) -> date:
    """The civil date from which the version is in force."""
    return version.effective_from or civil_date(version.published_at, settings.time_zone)
