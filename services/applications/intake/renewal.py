"""A draft filled from an earlier application. None commits."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.intake.operations import submit
from services.applications.intake.schemas import NewApplication, Renewed
from services.applications.settings import ApplicationsSettings
from shared.encryption import Keyring
from shared.errors import RuleViolation

PERSONAL = ("family_name", "given_name", "patronymic", "birth_date", "email", "phone", "address")


async def prefilled(
    session: AsyncSession,
    application_id: UUID,
    renewed: Renewed,
    now: datetime,
    settings: ApplicationsSettings,
    keys: Keyring,
    *,
    subject: str | None,
    actor: str,
) -> UUID:
    """A draft with what an earlier application said; consent is given anew.

    Raises `NotFound`, `RuleViolation`.
    """
    earlier = await queries.application(session, application_id)
    if earlier.erased_on is not None or earlier.identity_document is None:
        raise RuleViolation(
            "application.nothing_to_prefill",
            "The earlier file holds no complete form any more. Fill in a new application.",
        )
    form = {
        "qualification_id": earlier.qualification_id,
        "applicant": {name: getattr(earlier, name) for name in PERSONAL}
        | {"birth_date": str(earlier.birth_date)},
        "identity_document": keys.decrypt(earlier.identity_document),
        "centre": {"number": earlier.centre_number, "name": earlier.centre_name},
        "rules_read": True,
        "notify_by": earlier.notify_by,
        "postal_address": earlier.postal_address,
        "payer": earlier.payer,
        "representative": earlier.representative,
        "recertifies": renewed.recertifies and renewed.recertifies.model_dump(mode="json"),
        "consent": renewed.consent.model_dump(),
        "draft": True,
    }
    new = NewApplication.model_validate(form)
    owner = subject or earlier.applicant_subject
    return await submit(
        session, new, now, settings, keys, subject=owner, actor=actor, previous_id=earlier.id
    )
