"""A draft filled from an earlier application. None commits."""

from uuid import UUID

from services.applications.application.queries import get_application
from services.applications.intake.operations import Origin, submit_application
from services.applications.intake.schemas import ApplicationRequest, RenewalRequest
from services.applications.settings import ApplicationsContext
from shared.errors import RuleViolation

_COPIED_FACTS = ("family_name", "given_name", "patronymic", "email", "phone", "address")


async def prefill_draft(
    context: ApplicationsContext, application_id: UUID, body: RenewalRequest, subject: str | None
) -> UUID:
    """Creates a draft from an earlier application's form, with a new consent; the draft's id.

    `subject` is the applicant's own account, when they act themselves; else the draft belongs to
    the account of the earlier application. Raises `NotFound`, and `RuleViolation` when the earlier
    file holds no complete form.
    """
    application = await get_application(context.session, application_id)
    if application.erased_on is not None or application.identity_document is None:
        raise RuleViolation(
            "application.nothing_to_prefill",
            "The earlier file holds no complete form any more. Fill in a new application.",
        )
    form = {
        "qualification_id": application.qualification_id,
        "applicant": {
            **{name: getattr(application, name) for name in _COPIED_FACTS},
            "birth_date": str(application.birth_date),
        },
        "identity_document": context.settings.keyring.decrypt(application.identity_document),
        "centre": {"number": application.centre_number, "name": application.centre_name},
        "rules_read": True,
        "notify_by": application.notify_by,
        "language": application.language,
        "postal_address": application.postal_address,
        "payer": application.payer,
        "representative": application.representative,
        "recertifies": body.recertifies,
        "consent": body.consent,
        "draft": True,
    }
    draft_request = ApplicationRequest.model_validate(form)
    origin = Origin(subject or application.applicant_subject, application.id)
    return await submit_application(context, draft_request, origin)
