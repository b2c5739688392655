"""Reading drafts of forms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.drafts.models import FormDraft
from services.applications.settings import ApplicationsSettings


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What a person had typed into a form, and when it was kept."""

    fields: dict[str, str]
    saved_at: datetime


async def find_draft(
    session: AsyncSession,
    settings: ApplicationsSettings,
    now: datetime,
    draft_key: tuple[str, UUID, str],
) -> TypedForm | None:
    """What is kept under this subject, application and act; None after its time, or without any.

    Raises `Undecipherable` where no key of the settings opens it.
    """
    draft = await session.get(FormDraft, draft_key)
    if draft is None or now - draft.saved_at >= timedelta(hours=settings.form_draft_hours):
        return None
    return TypedForm(settings.keyring.decrypt(draft.sealed_fields), draft.saved_at)
