"""The end of rosters: terms that are over, content to be erased, records that need not be kept.

None commits; each handles one batch and returns how much it did.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlmodel import col, select

from services.certificates.rosters.enrolment import end_enrolments
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.operations import mark_ended
from services.certificates.rosters.rules import EnrolmentEnd, SubscriptionState
from services.certificates.settings import CertificatesContext
from shared.db import execute

BATCH_ROWS = 5000
_LIST_OVERDUE = text(
    "SELECT id FROM enrolment WHERE subscription_id = :subscription_id AND ended_at IS NULL "
    "AND until < :today ORDER BY id LIMIT :limit"
)
_FIND_OVERDUE = text(
    "SELECT subscription_id FROM enrolment WHERE ended_at IS NULL AND until < :today "
    "ORDER BY until LIMIT 1"
)
_LIST_ACTIVE = text(
    "SELECT id FROM enrolment WHERE subscription_id = :subscription_id AND ended_at IS NULL "
    "ORDER BY id LIMIT :limit"
)
_ERASE_CONTENT = text(
    """
    UPDATE roster_event AS e SET content = NULL
    FROM (SELECT subscription_id, sequence, sequenced_on FROM roster_event
          WHERE subscription_id = :subscription_id AND content IS NOT NULL
          ORDER BY sequence LIMIT :limit) AS kept
    WHERE e.subscription_id = kept.subscription_id AND e.sequence = kept.sequence
      AND e.sequenced_on = kept.sequenced_on
    """
)
_DELETE_ENROLMENTS = text(
    "DELETE FROM enrolment WHERE id IN (SELECT id FROM enrolment "
    "WHERE ended_at IS NOT NULL AND ended_at < :kept_from ORDER BY ended_at LIMIT :limit)"
)
_DELETE_DIGESTS = text(
    "DELETE FROM roster_digest WHERE (subscription_id, day) IN ("
    "SELECT subscription_id, day FROM roster_digest WHERE day < :day ORDER BY day LIMIT :limit)"
)
_DELETE_JOB = text(
    "DELETE FROM enrolment_job WHERE id IN (SELECT id FROM enrolment_job "
    "WHERE created_at < :created_before ORDER BY created_at LIMIT 1)"
)


async def end_subscriptions(context: CertificatesContext) -> int:
    """Ends one subscription whose last day is over."""
    query = (
        select(Subscription)
        .where(
            Subscription.state == SubscriptionState.OPEN, col(Subscription.until) < context.today
        )
        .order_by(col(Subscription.until))
        .limit(1)
        .with_for_update(key_share=True)
    )
    subscription = (await context.session.exec(query)).first()
    if subscription is None:
        return 0
    mark_ended(context, subscription)
    await context.session.flush()
    return 1


async def end_overdue_enrolments(context: CertificatesContext) -> int:
    """Ends enrolments of one subscription whose own last day is over."""
    parameters = {"today": context.today}
    subscription_id = (
        await execute(context.session, _FIND_OVERDUE, parameters)
    ).scalar_one_or_none()
    if subscription_id is None:
        return 0
    await context.session.get_one(
        Subscription, subscription_id, with_for_update={"key_share": True}
    )
    rows = await execute(
        context.session,
        _LIST_OVERDUE,
        {**parameters, "subscription_id": subscription_id, "limit": BATCH_ROWS},
    )
    ids = [row.id for row in rows]
    return await end_enrolments(context, ids, EnrolmentEnd.TERM_OVER)


async def end_remaining_enrolments(context: CertificatesContext) -> int:
    """Ends enrolments of one subscription that has ended."""
    query = (
        select(Subscription)
        .where(Subscription.state == SubscriptionState.ENDED, col(Subscription.enrolled) > 0)
        .order_by(col(Subscription.ended_at))
        .limit(1)
        .with_for_update(key_share=True)
    )
    subscription = (await context.session.exec(query)).first()
    if subscription is None:
        return 0
    parameters = {"subscription_id": subscription.id, "limit": BATCH_ROWS}
    ids = [row.id for row in await execute(context.session, _LIST_ACTIVE, parameters)]
    return await end_enrolments(context, ids, EnrolmentEnd.SUBSCRIPTION_ENDED)


async def erase_contents(context: CertificatesContext) -> int:
    """Erases the content of events of one subscription that ended long enough ago.

    Digests and their hashes stay: they name nobody, and prove what was told.
    """
    ended_before = context.now - timedelta(days=context.settings.roster_erasure_days)
    query = (
        select(Subscription)
        .where(
            Subscription.state == SubscriptionState.ENDED,
            col(Subscription.ended_at) < ended_before,
            col(Subscription.erased_at).is_(None),
        )
        .order_by(col(Subscription.ended_at))
        .limit(1)
        .with_for_update(key_share=True)
    )
    subscription = (await context.session.exec(query)).first()
    if subscription is None:
        return 0
    parameters = {"subscription_id": subscription.id, "limit": BATCH_ROWS}
    erased = (await execute(context.session, _ERASE_CONTENT, parameters)).rowcount
    if not erased:
        subscription.erased_at = context.now
        await context.session.flush()
    return erased or 1


async def delete_old_records(context: CertificatesContext) -> int:
    """Deletes enrolments, digests and jobs that have been kept long enough."""
    settings, session = context.settings, context.session
    kept_from = context.now - timedelta(days=settings.roster_record_days)
    jobs_from = context.now - timedelta(days=settings.job_days)
    first_day = context.today - timedelta(days=settings.roster_record_days)
    deletions = (
        (_DELETE_ENROLMENTS, {"kept_from": kept_from, "limit": BATCH_ROWS}),
        (_DELETE_DIGESTS, {"day": first_day, "limit": BATCH_ROWS}),
        (_DELETE_JOB, {"created_before": jobs_from}),
    )
    return sum(
        [(await execute(session, deletion, values)).rowcount for deletion, values in deletions]
    )
