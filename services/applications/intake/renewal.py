"""A draft filled from an earlier application. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.intake.operations import submit_application
from services.applications.intake.schemas import ApplicationRequest, RenewalRequest
from services.applications.settings import ApplicationsSettings
from shared.encryption import Keyring
from shared.errors import RuleViolation

PERSONAL_COLUMNS = (
    "family_name",
    "given_name",
    "patronymic",
    "birth_date",
    "email",
    "phone",
    "address",
)


async def prefill_draft(
    session: AsyncSession,
    application_id: UUID,
    body: RenewalRequest,
    now: datetime,
    settings: ApplicationsSettings,
    keyring: Keyring,
    *,
    subject: str | None,
    actor: str,
) -> UUID:
    """Creates a draft from an earlier application's form, with a new consent; the draft's id.

    Raises `NotFound`, and `RuleViolation` when the earlier file holds no complete form.
    """
    earlier_application = await queries.get_application(session, application_id)
    if earlier_application.erased_on is not None or earlier_application.identity_document is None:
        raise RuleViolation(
            "application.nothing_to_prefill",
            "The earlier file holds no complete form any more. Fill in a new application.",
        )
    form = {
        "qualification_id": earlier_application.qualification_id,
        "applicant": {name: getattr(earlier_application, name) for name in PERSONAL_COLUMNS}
        | {"birth_date": str(earlier_application.birth_date)},
        "identity_document": keyring.decrypt(earlier_application.identity_document),
        "centre": {
            "number": earlier_application.centre_number,
            "name": earlier_application.centre_name,
        },
        "rules_read": True,
        "notify_by": earlier_application.notify_by,
        "postal_address": earlier_application.postal_address,
        "payer": earlier_application.payer,
        "representative": earlier_application.representative,
        "recertifies": body.recertifies and body.recertifies.model_dump(mode="json"),
        "consent": body.consent.model_dump(),
        "draft": True,
    }
    draft_request = ApplicationRequest.model_validate(form)
    owner_subject = subject or earlier_application.applicant_subject
    return await submit_application(
        session,
        draft_request,
        now,
        settings,
        keyring,
        subject=owner_subject,
        actor=actor,
        previous_id=earlier_application.id,
    )
