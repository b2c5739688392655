"""What the sender does with rows: endpoints that are behind claimed, attempts ended. None commits.

An attempt is stored, with its range, before it is sent. Whoever dies in between leaves a claim that
ends, and the same message is sent again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, text, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.webhooks.models import DeliveryAttempt, WebhookEndpoint
from services.certificates.webhooks.rules import (
    SENT_STATES,
    AttemptEnd,
    AttemptKind,
    EndpointNotice,
    EndpointState,
    choose_notice,
)
from shared.db import execute
from shared.delivery.attempts import AttemptOutcome
from shared.delivery.backoff import WEBHOOK_BACKOFF
from shared.tracing import continue_trace

HOST_PAUSE = timedelta(seconds=1)
"""So long an endpoint steps back whose host has as many requests as it may have."""
CLAIM_LOOKS = 10
"""So often a sender looks for others where the first that are due all stepped back."""
PATIENCE_FAILURES = 3
"""A portal that asks for patience without saying how long gets the pause after so many failures."""
_CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('attesta.webhooks', 0))")


@dataclass(frozen=True, slots=True)
class Places:
    """How many further requests a sender may open: to endpoints that do well, and to others."""

    normal: int
    hindered: int


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt that is stored, and the trace under which it is made."""

    id: UUID
    started_at: datetime
    carrier: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """Events that only who has the token may send to an endpoint, until the claim ends."""

    endpoint_id: UUID
    subscription_id: UUID
    url: str
    is_batch: bool
    is_hindered: bool
    token: UUID
    first: int
    last: int
    attempt: StoredAttempt


def claim_term(settings: CertificatesSettings) -> timedelta:
    """Longer than an attempt can take: its limit, and the statements around it."""
    return timedelta(
        seconds=settings.webhook_limit_seconds + 2 * settings.statement_timeout_seconds
    )


async def claim_endpoints(context: CertificatesContext, places: Places) -> Sequence[Claim]:
    """Claims endpoints that are behind, the longest waiting first, as many as there are places.

    One sender at a time looks, so that all together keep the limit of a host.
    """
    await execute(context.session, _CLAIM_LOCK)
    host_requests = await _count_requests(context)
    claims = await _claim_due(context, host_requests, places.normal, is_hindered=False)
    claims += await _claim_due(context, host_requests, places.hindered, is_hindered=True)
    return claims


async def _claim_due(
    context: CertificatesContext, host_requests: Counter[str], limit: int, *, is_hindered: bool
) -> list[Claim]:
    """Claims of endpoints that are due; those whose host has its requests already step back."""
    claims: list[Claim] = []
    for _ in range(CLAIM_LOOKS):
        remaining = limit - len(claims)
        if remaining <= 0:
            break
        endpoints = await _lock_due(context, remaining, is_hindered=is_hindered)
        for endpoint in endpoints:
            turn = host_requests[endpoint.host] // context.settings.webhook_host_requests
            host_requests[endpoint.host] += 1
            if turn == 0:
                claims.append(begin_attempt(context, endpoint))
            else:
                endpoint.next_attempt_at = context.now + HOST_PAUSE * turn
        await context.session.flush()
        if len(endpoints) < remaining:
            break
    return claims


async def _count_requests(context: CertificatesContext) -> Counter[str]:
    """How many claims each host has; those that have ended are due like any other."""
    query = (
        select(WebhookEndpoint.host, func.count())
        .where(
            col(WebhookEndpoint.claim_token).is_not(None),
            col(WebhookEndpoint.next_attempt_at) > context.now,
        )
        .group_by(WebhookEndpoint.host)
    )
    return Counter(dict((await context.session.exec(query)).all()))


async def _lock_due(
    context: CertificatesContext, limit: int, *, is_hindered: bool
) -> Sequence[WebhookEndpoint]:
    query = (
        select(WebhookEndpoint)
        .where(
            *behind_endpoints(),
            col(WebhookEndpoint.is_hindered).is_(is_hindered),
            col(WebhookEndpoint.next_attempt_at) <= context.now,
        )
        .order_by(col(WebhookEndpoint.next_attempt_at), col(WebhookEndpoint.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await context.session.exec(query)).all()


def behind_endpoints() -> tuple[Any, ...]:
    """The conditions of endpoints that have events to be sent, as the index has them."""
    return (
        col(WebhookEndpoint.delivered_through) < col(WebhookEndpoint.last_sequence),
        text("state IN ('active', 'failing')"),
    )


def begin_attempt(context: CertificatesContext, endpoint: WebhookEndpoint) -> Claim:
    """Claims a locked endpoint for its next message, and stores the attempt.

    A message whose sender died is sent again as it was. After a failure one event goes alone: if
    others in the batch were at fault, it passes.
    """
    first = endpoint.delivered_through + 1
    size = endpoint.batch_max if endpoint.failures == 0 else 1
    last = endpoint.in_flight_last or min(first + size - 1, endpoint.last_sequence)
    endpoint.in_flight_last = last
    endpoint.claim_token = uuid4()
    endpoint.next_attempt_at = context.now + claim_term(context.settings)
    return Claim(
        endpoint_id=endpoint.id,
        subscription_id=endpoint.subscription_id,
        url=endpoint.url,
        is_batch=endpoint.batch_max > 1,
        is_hindered=endpoint.is_hindered,
        token=endpoint.claim_token,
        first=first,
        last=last,
        attempt=store_attempt(context, endpoint.id, AttemptKind.EVENTS, (first, last)),
    )


def store_attempt(
    context: CertificatesContext,
    endpoint_id: UUID,
    kind: AttemptKind,
    events: tuple[int, int] | None = None,
) -> StoredAttempt:
    """Stores an attempt that is about to be made; `events` are the numbers of first and last."""
    first, last = events or (None, None)
    with continue_trace(None, {}) as trace:
        attempt = DeliveryAttempt(
            id=uuid4(),
            started_at=context.now,
            target_id=endpoint_id,
            kind=kind,
            first=first,
            last=last,
            trace_id=trace.trace_id,
        )
        context.session.add(attempt)
        return StoredAttempt(attempt.id, attempt.started_at, trace.carrier)


async def end_stored_attempt(
    session: AsyncSession, attempt: StoredAttempt, end: AttemptEnd
) -> None:
    """Records how an attempt ended."""
    statement = (
        update(DeliveryAttempt)
        .where(
            col(DeliveryAttempt.id) == attempt.id,
            col(DeliveryAttempt.started_at) == attempt.started_at,
        )
        .values(
            outcome=end.attempt.outcome,
            failure=end.attempt.failure,
            status=end.status,
            milliseconds=end.milliseconds,
        )
    )
    await execute(session, statement)


async def end_attempt(
    context: CertificatesContext, claim: Claim, end: AttemptEnd, *, may_continue: bool
) -> Claim | None:
    """Records how a message went, and moves the cursor if it was taken.

    With `may_continue` the claim of the next message, where there is one. Nothing but the record
    where the claim had ended and another sender has the endpoint; nor does the cursor move that
    the portal has moved meanwhile.
    """
    await end_stored_attempt(context.session, claim.attempt, end)
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == claim.endpoint_id, col(WebhookEndpoint.claim_token) == claim.token
    )
    endpoint = (await context.session.exec(query.with_for_update())).first()
    if endpoint is None:
        return None
    endpoint.claim_token, endpoint.in_flight_last = None, None
    endpoint.next_attempt_at = context.now
    if endpoint.state not in SENT_STATES:
        return None
    if end.attempt.outcome is not AttemptOutcome.DELIVERED:
        _record_failure(context, endpoint, end)
        return None
    _record_success(context, endpoint, claim, end)
    is_behind = endpoint.delivered_through < endpoint.last_sequence
    if is_behind and may_continue and not endpoint.is_hindered:
        return begin_attempt(context, endpoint)
    return None


def _record_success(
    context: CertificatesContext, endpoint: WebhookEndpoint, claim: Claim, end: AttemptEnd
) -> None:
    if endpoint.delivered_through == claim.first - 1:
        endpoint.delivered_through = claim.last
    slow = timedelta(seconds=context.settings.webhook_slow_seconds)
    endpoint.is_hindered = end.duration > slow
    endpoint.delivered_at = context.now
    mark_working(endpoint)


def mark_working(endpoint: WebhookEndpoint) -> None:
    """Forgets the failures of an endpoint, and of what its contact was to be told."""
    endpoint.state = EndpointState.ACTIVE
    endpoint.failures, endpoint.failing_since = 0, None
    endpoint.notice, endpoint.notice_at, endpoint.told_of = None, None, None


def _record_failure(
    context: CertificatesContext, endpoint: WebhookEndpoint, end: AttemptEnd
) -> None:
    outcome = end.attempt.outcome
    endpoint.is_hindered = True
    endpoint.failing_since = endpoint.failing_since or context.now
    if outcome is AttemptOutcome.REFUSED:
        endpoint.state = EndpointState.DISABLED
        plan_notice(context, endpoint, EndpointNotice.DISABLED)
        return
    if outcome is not AttemptOutcome.DEFERRED:
        endpoint.failures += 1
        endpoint.state = EndpointState.FAILING
    pause = WEBHOOK_BACKOFF.draw_pause(endpoint.failures or PATIENCE_FAILURES)
    if end.pause is not None:
        pause = end.pause if outcome is AttemptOutcome.DEFERRED else max(pause, end.pause)
    endpoint.next_attempt_at = context.now + pause
    term = timedelta(days=context.settings.webhook_pause_days)
    notice = choose_notice(endpoint.failing_since, context.now, term)
    if notice is EndpointNotice.PAUSED:
        endpoint.state = EndpointState.PAUSED
    if notice is not None:
        plan_notice(context, endpoint, notice)


def plan_notice(
    context: CertificatesContext, endpoint: WebhookEndpoint, notice: EndpointNotice
) -> None:
    """Plans the mail to the endpoint's contact, unless they were told of it or are about to be."""
    if notice in {endpoint.told_of, endpoint.notice}:
        return
    endpoint.notice, endpoint.notice_at, endpoint.notice_attempts = notice, context.now, 0
