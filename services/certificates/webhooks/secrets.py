"""Secrets by which messages are signed: sealed at rest, shown once, two during a rotation."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext
from services.certificates.webhooks.models import WebhookEndpoint, WebhookSecret
from shared.columns import is_other_than
from shared.db import execute
from shared.delivery.webhooks import create_secret
from shared.encryption import Keyring

RESEALING_ROWS = 200


async def add_secret(context: CertificatesContext, endpoint: WebhookEndpoint) -> str:
    """A new secret for a locked endpoint; the newest before it signs for some days more.

    Older ones end now: no more than two sign.
    """
    keyring = context.settings.keyring
    secret_text = create_secret()
    overlap_end = context.now + timedelta(days=context.settings.webhook_secret_days)
    of_endpoint = col(WebhookSecret.endpoint_id) == endpoint.id
    end_older = (
        update(WebhookSecret)
        .where(of_endpoint, col(WebhookSecret.ends_at) > context.now)
        .values(ends_at=context.now)
    )
    await execute(context.session, end_older)
    end_newest = (
        update(WebhookSecret)
        .where(of_endpoint, col(WebhookSecret.ends_at).is_(None))
        .values(ends_at=overlap_end)
        .returning(col(WebhookSecret.ordinal))
    )
    ordinals = [row.ordinal for row in await execute(context.session, end_newest)]
    context.session.add(
        WebhookSecret(
            endpoint_id=endpoint.id,
            ordinal=max(ordinals, default=0) + 1,
            sealed_secret=keyring.encrypt(secret_text),
            sealing_key=keyring.current_fingerprint,
            created_at=context.now,
        )
    )
    await context.session.flush()
    return secret_text


async def load_secrets(
    session: AsyncSession, keyring: Keyring, endpoint_id: UUID, now: datetime
) -> list[str]:
    """The secrets that sign now, the newest first. Raises `Undecipherable`."""
    query = (
        select(WebhookSecret.sealed_secret)
        .where(
            WebhookSecret.endpoint_id == endpoint_id,
            col(WebhookSecret.ends_at).is_(None) | (col(WebhookSecret.ends_at) > now),
        )
        .order_by(col(WebhookSecret.ordinal).desc())
    )
    return [keyring.decrypt(ciphertext) for ciphertext in (await session.exec(query)).all()]


async def reseal_secrets(context: CertificatesContext) -> int:
    """Seals a batch of secrets under the current key; the number of rows."""
    keyring = context.settings.keyring
    query = (
        select(WebhookSecret)
        .where(is_other_than(col(WebhookSecret.sealing_key), keyring.current_fingerprint))
        .limit(RESEALING_ROWS)
        .with_for_update(skip_locked=True)
    )
    secrets = (await context.session.exec(query)).all()
    for secret in secrets:
        secret.sealed_secret = keyring.rotate(secret.sealed_secret)
        secret.sealing_key = keyring.current_fingerprint
    await context.session.flush()
    return len(secrets)
