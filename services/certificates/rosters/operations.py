"""Subscriptions begun, changed, ended; one certificate enrolled or unenrolled. None commits."""

from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import select

from services.certificates.rosters.current_status import ENDED_VERDICTS, StatusReader
from services.certificates.rosters.enrolment import (
    check_open,
    check_until,
    enrol_certificates,
    unenrol_certificates,
)
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.queries import lock_subscription
from services.certificates.rosters.rules import SubscriptionState
from services.certificates.rosters.schemas import (
    EnrolmentRequest,
    SubscriptionPatch,
    SubscriptionRequest,
)
from services.certificates.settings import CertificatesContext
from shared.clock import add_period
from shared.db import Pool, execute
from shared.errors import Conflict, NotFound, RuleViolation, check_version


async def create_subscription(
    context: CertificatesContext, employer: str, body: SubscriptionRequest
) -> Subscription:
    """Begins a subscription of this employer.

    Raises `RuleViolation` for an end that is past or too far, `Conflict` when the employer has as
    many as the settings admit.
    """
    _check_end(context, body)
    await _check_number(context, employer)
    subscription = Subscription(
        **body.model_dump(),
        employer=employer,
        unsealed_from=context.today,
        created_at=context.now,
        created_by=context.actor,
    )
    context.session.add(subscription)
    await context.session.flush()
    return subscription


def _check_end(context: CertificatesContext, body: SubscriptionRequest | SubscriptionPatch) -> None:
    last_day = add_period(context.today, context.settings.roster_term)
    if body.until is not None and not context.today <= body.until <= last_day:
        raise RuleViolation(
            "subscription.until",
            f"It ends from {context.today} to {last_day}.",
            field="/until",
            values={"today": context.today, "last": last_day},
        )


async def _check_number(context: CertificatesContext, employer: str) -> None:
    """Raises `Conflict` at the limit; two at once wait for each other."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"attesta.rosters.{employer}", 0))
    await execute(context.session, select(lock))
    query = (
        select(func.count())
        .select_from(Subscription)
        .where(Subscription.employer == employer, Subscription.state == SubscriptionState.OPEN)
    )
    limit = context.settings.roster_subscriptions
    if (await context.session.exec(query)).one() >= limit:
        raise Conflict(
            "subscription.many",
            f"An employer has at most {limit} open subscriptions.",
            values={"number": limit},
        )


async def change_subscription(
    context: CertificatesContext, employer: str, subscription_id: UUID, body: SubscriptionPatch
) -> Subscription:
    """Changes what a subscription says of itself.

    Raises `NotFound`, `StaleVersion`, `Conflict` when it has ended, `RuleViolation` for its end.
    """
    subscription = await lock_subscription(context.session, employer, subscription_id)
    check_version(subscription.revision, context.expected_revision)
    check_open(subscription, context.today)
    _check_end(context, body)
    for name, value in body.model_dump(exclude_none=True).items():
        setattr(subscription, name, value)
    subscription.revision += 1
    await context.session.flush()
    return subscription


async def end_subscription(
    context: CertificatesContext, employer: str, subscription_id: UUID
) -> Subscription:
    """Ends a subscription: nobody is told any more; one that has ended stays as it is.

    Raises `NotFound`, `StaleVersion`.
    """
    subscription = await lock_subscription(context.session, employer, subscription_id)
    if subscription.state is SubscriptionState.OPEN:
        check_version(subscription.revision, context.expected_revision)
        mark_ended(context, subscription)
        await context.session.flush()
    return subscription


def mark_ended(context: CertificatesContext, subscription: Subscription) -> None:
    """Ends a locked subscription; its enrolments end by a job."""
    subscription.state = SubscriptionState.ENDED
    subscription.ended_at = context.now
    subscription.revision += 1


async def enrol_certificate(
    context: CertificatesContext, pool: Pool, subscription: Subscription, body: EnrolmentRequest
) -> UUID:
    """Enrols a certificate in a locked subscription; its id. One that is enrolled stays as it is.

    Raises `NotFound` when no certificate has this number and date, saying no more than verification
    does; `Conflict` when certificate or subscription has ended or the roster is full;
    `RuleViolation` for the last day.
    """
    check_open(subscription, context.today)
    check_until(subscription, body.until, context.today)
    reader = await StatusReader.read(pool, context.today, context.settings, [body.number])
    certificate_id = _match_certificate(reader, body.number, body.issued_on)
    verdict = reader.verify(body.number)["verdict"]
    if verdict in ENDED_VERDICTS:
        raise Conflict(
            "enrolment.ended",
            f"The certificate is {verdict}.",
            extra={"is": verdict},
            values={"verdict": verdict},
        )
    if await enrol_certificates(context, subscription, [certificate_id], body.until):
        limit = context.settings.roster_enrolments
        raise Conflict(
            "roster.full", f"A roster has at most {limit} certificates.", values={"number": limit}
        )
    return certificate_id


async def unenrol_certificate(
    context: CertificatesContext,
    pool: Pool,
    subscription: Subscription,
    number: str,
    issued_on: date,
) -> None:
    """Ends an enrolment in a locked subscription. Raises `NotFound` where there is none."""
    reader = await StatusReader.read(pool, context.today, context.settings, [number])
    certificate_id = _match_certificate(reader, number, issued_on)
    if not await unenrol_certificates(context, subscription, [certificate_id]):
        raise NotFound("enrolment.unknown", "The roster has no such certificate.")


def _match_certificate(reader: StatusReader, number: str, issued_on: date) -> UUID:
    """The certificate's id. Raises `NotFound` unless it has this date of issue, and has begun."""
    facts = reader.facts.get(number)
    answer = reader.verify(number)
    if facts is None or facts.issued_on != issued_on or answer["certificate"] is None:
        raise NotFound(
            "enrolment.not_found",
            "No certificate has this number and date of issue. Compare both with the document.",
        )
    return facts.id
