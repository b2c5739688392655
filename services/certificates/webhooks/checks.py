"""Handshakes and test events: asked for by a portal, made by the sender. None commits.

Only the sender reaches out of the house; whoever asks waits for what it recorded.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.certificates.settings import CertificatesContext
from services.certificates.webhooks.claims import (
    StoredAttempt,
    claim_term,
    end_stored_attempt,
    mark_working,
    store_attempt,
)
from services.certificates.webhooks.models import EndpointCheck, WebhookEndpoint
from services.certificates.webhooks.rules import (
    CHECK_TERM,
    AttemptEnd,
    AttemptKind,
    CheckKind,
)
from shared.db import execute
from shared.delivery.attempts import AttemptOutcome
from shared.errors import TooManyRequests

WEBHOOK_CHANNEL = "webhook"
"""The NOTIFY channel of checks that are asked for, and of cursors that were moved."""
ABANDONED = "abandoned"
"""Why a check failed that nobody made in time."""


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """A check that a sender makes."""

    check_id: UUID
    kind: CheckKind
    endpoint_id: UUID
    subscription_id: UUID
    url: str
    is_batch: bool
    attempt: StoredAttempt


async def request_check(
    context: CertificatesContext, endpoint: WebhookEndpoint, kind: CheckKind
) -> EndpointCheck:
    """Asks for a check of a locked endpoint; one that is open already serves.

    Raises `TooManyRequests` above the number of an hour.
    """
    is_same = (EndpointCheck.endpoint_id == endpoint.id, EndpointCheck.kind == kind)
    hour_ago = context.now - timedelta(hours=1)
    query = select(EndpointCheck).where(*is_same, col(EndpointCheck.requested_at) > hour_ago)
    checks = (await context.session.exec(query)).all()
    for check in checks:
        if check.outcome is None and context.now - check.requested_at < CHECK_TERM:
            return check
    limit = context.settings.webhook_hourly_tests
    if len(checks) >= limit:
        first = min(check.requested_at for check in checks)
        seconds = round((first + timedelta(hours=1) - context.now).total_seconds()) + 1
        raise TooManyRequests(
            "endpoint.checks",
            f"An address is checked, or sent a test event, {limit} times an hour at most.",
            headers={"Retry-After": str(seconds)},
            values={"number": limit},
        )
    check = EndpointCheck(
        endpoint_id=endpoint.id,
        kind=kind,
        requested_at=context.now,
        next_attempt_at=context.now,
    )
    context.session.add(check)
    await context.session.flush()
    await notify_sender(context)
    return check


async def notify_sender(context: CertificatesContext) -> None:
    """Wakes senders at the commit."""
    await execute(context.session, select(func.pg_notify(WEBHOOK_CHANNEL, "")))


async def claim_checks(context: CertificatesContext, limit: int) -> Sequence[CheckClaim]:
    """Claims checks that are to be made; those for which nobody waits any more are given up."""
    query = (
        select(EndpointCheck, WebhookEndpoint)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == EndpointCheck.endpoint_id)
        .where(
            col(EndpointCheck.outcome).is_(None),
            col(EndpointCheck.next_attempt_at) <= context.now,
        )
        .order_by(col(EndpointCheck.next_attempt_at), col(EndpointCheck.id))
        .limit(limit)
        .with_for_update(of=EndpointCheck, skip_locked=True)
    )
    claims = []
    for check, endpoint in (await context.session.exec(query)).all():
        if context.now - check.requested_at >= CHECK_TERM:
            check.outcome, check.failure = AttemptOutcome.UNMADE, ABANDONED
            continue
        check.next_attempt_at = context.now + claim_term(context.settings)
        attempt = store_attempt(context, endpoint.id, AttemptKind(check.kind.value))
        claims.append(
            CheckClaim(
                *(check.id, check.kind, endpoint.id, endpoint.subscription_id, endpoint.url),
                endpoint.batch_max > 1,
                attempt,
            )
        )
    await context.session.flush()
    return claims


async def end_check(context: CertificatesContext, claim: CheckClaim, end: AttemptEnd) -> None:
    """Records what a check found; a handshake that passed lets events go.

    Nothing changes at an endpoint whose address is another one by now.
    """
    await end_stored_attempt(context.session, claim.attempt, end)
    check = await context.session.get(EndpointCheck, claim.check_id, with_for_update=True)
    if check is None or check.outcome is not None:
        return
    check.outcome, check.failure, check.status = (
        *(end.attempt.outcome, end.attempt.failure),
        end.status,
    )
    is_passed = end.attempt.outcome is AttemptOutcome.DELIVERED
    if not is_passed or claim.kind is not CheckKind.HANDSHAKE:
        return
    endpoint = await context.session.get_one(
        WebhookEndpoint, claim.endpoint_id, with_for_update=True
    )
    if endpoint.url == claim.url:
        mark_working(endpoint)
        endpoint.is_hindered = False
        if endpoint.claim_token is None:
            endpoint.next_attempt_at = context.now
        endpoint.revision += 1


def draw_challenge() -> str:
    """What a receiver sends back to show that it has read it."""
    return secrets.token_urlsafe(24)
