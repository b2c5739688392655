"""Keeping drafts of forms for a limited time, for one person each. None commits."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.drafts.models import FormDraft
from services.applications.settings import ApplicationsContext
from shared.columns import is_other_than
from shared.db import execute
from shared.encryption import Keyring
from shared.errors import RuleViolation


async def save_draft(
    context: ApplicationsContext, application_id: UUID, act: str, fields: Mapping[str, str]
) -> None:
    """Keeps what the actor typed into a form, sealed, instead of what was kept of it before.

    Raises `RuleViolation` above the settings' size.
    """
    keyring, limit_bytes = context.settings.keyring, context.settings.form_draft_limit_bytes
    if len(json.dumps(dict(fields), ensure_ascii=False).encode()) > limit_bytes:
        raise RuleViolation(
            "draft.size", f"What is kept of a form has at most {limit_bytes} bytes."
        )
    values = {
        "sealed_fields": keyring.encrypt(dict(fields)),
        "sealing_key": keyring.current_fingerprint,
        "saved_at": context.now,
    }
    statement = insert(FormDraft).values(
        subject=context.actor, application_id=application_id, act=act, **values
    )
    key_columns = ["subject", "application_id", "act"]
    await execute(
        context.session, statement.on_conflict_do_update(index_elements=key_columns, set_=values)
    )


async def delete_draft(session: AsyncSession, subject: str, application_id: UUID, act: str) -> None:
    """Removes the subject's draft of a form, which was sent; there may be none."""
    statement = delete(FormDraft).where(
        col(FormDraft.subject) == subject,
        col(FormDraft.application_id) == application_id,
        col(FormDraft.act) == act,
    )
    await execute(session, statement)


async def delete_expired_drafts(context: ApplicationsContext) -> int:
    """Removes the drafts that nobody may get any more; the number of rows."""
    lifetime = timedelta(hours=context.settings.form_draft_hours)
    statement = delete(FormDraft).where(col(FormDraft.saved_at) <= context.now - lifetime)
    return (await execute(context.session, statement)).rowcount


async def erase_drafts(context: ApplicationsContext, application_id: UUID) -> int:
    """Deletes everybody's drafts of an application; the number of rows."""
    statement = delete(FormDraft).where(col(FormDraft.application_id) == application_id)
    return (await execute(context.session, statement)).rowcount


async def reseal_drafts(session: AsyncSession, keyring: Keyring, batch_size: int) -> int:
    """Seals a batch of drafts under the current key; the number of rows."""
    query = (
        select(FormDraft)
        .where(is_other_than(col(FormDraft.sealing_key), keyring.current_fingerprint))
        .limit(batch_size)
        .with_for_update(skip_locked=True)
    )
    drafts = (await session.exec(query)).all()
    for draft in drafts:
        draft.sealed_fields = keyring.rotate(draft.sealed_fields)
        draft.sealing_key = keyring.current_fingerprint
    await session.flush()
    return len(drafts)
