"""Enrolling certificates in a subscription, and the end of enrolments. None commits.

The subscription is locked before its enrolments, by everybody: `enrolled` counts those that are
active, and the sequencer tells nobody who has unenrolled.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.certificates.rosters.models import Subscription
from services.certificates.rosters.rules import EnrolmentEnd, SubscriptionState
from services.certificates.settings import CertificatesContext
from shared.db import execute
from shared.errors import Conflict, RuleViolation

_INSERT = text(
    """
    INSERT INTO enrolment (subscription_id, certificate_id, until, enrolled_at)
    SELECT :subscription_id, certificate_id, :until, :now
    FROM unnest(CAST(:certificates AS uuid[])) WITH ORDINALITY AS given (certificate_id, place)
    ORDER BY place
    ON CONFLICT (certificate_id, subscription_id) WHERE ended_at IS NULL DO NOTHING
    """
)
_FIND_ENROLLED = text(
    "SELECT certificate_id FROM enrolment WHERE subscription_id = :subscription_id "
    "AND certificate_id = ANY(:certificates) AND ended_at IS NULL"
)
_END = text(
    "UPDATE enrolment SET ended_at = :now, end_reason = :reason "
    "WHERE subscription_id = :subscription_id AND certificate_id = ANY(:certificates) "
    "AND ended_at IS NULL RETURNING certificate_id"
)
_MOVE = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:enrolments AS bigint[]), CAST(:successors AS uuid[]))
            AS given (enrolment_id, successor_id)
    ), ended AS (
        UPDATE enrolment AS e SET ended_at = :now, end_reason = :reason
        FROM given WHERE e.id = given.enrolment_id
        RETURNING e.subscription_id, given.successor_id, e.until
    ), moved AS (
        INSERT INTO enrolment (subscription_id, certificate_id, until, enrolled_at)
        SELECT subscription_id, successor_id, until, :now FROM ended
        ON CONFLICT (certificate_id, subscription_id) WHERE ended_at IS NULL DO NOTHING
        RETURNING subscription_id
    )
    UPDATE subscription SET enrolled = enrolled - lost.number
    FROM (
        SELECT subscription_id, count(*) - (
            SELECT count(*) FROM moved WHERE moved.subscription_id = ended.subscription_id
        ) AS number FROM ended GROUP BY subscription_id
    ) AS lost
    WHERE id = lost.subscription_id AND lost.number > 0
    """
)
_END_BY_ID = text(
    "UPDATE enrolment SET ended_at = :now, end_reason = :reason "
    "WHERE id = ANY(:enrolments) AND ended_at IS NULL RETURNING subscription_id"
)
_COUNT_DOWN = text(
    "UPDATE subscription SET enrolled = enrolled - ended.number "
    "FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:numbers AS int[])) "
    "AS ended (subscription_id, number) WHERE id = ended.subscription_id"
)


@dataclass(frozen=True, slots=True)
class EnrolmentMove:
    """An enrolment that ends because a successor takes the certificate's place."""

    enrolment_id: int
    subscription_id: UUID
    successor_id: UUID


def check_open(subscription: Subscription, today: date) -> None:
    """Raises `Conflict` for a subscription that has ended, by its state or its last day."""
    if not is_open(subscription, today):
        raise Conflict("subscription.ended", "The subscription has ended.")


def is_open(subscription: Subscription, today: date) -> bool:
    """Whether changes are told, by the state and the last day."""
    return subscription.state is SubscriptionState.OPEN and today <= subscription.until


def check_until(subscription: Subscription, until: date | None, today: date) -> None:
    """Raises `RuleViolation` for an enrolment's last day that is past or after the subscription."""
    if until is not None and not today <= until <= subscription.until:
        raise RuleViolation(
            "enrolment.until",
            f"An enrolment ends from {today} to {subscription.until}.",
            field="/until",
            values={"today": today, "last": subscription.until},
        )


async def enrol_certificates(
    context: CertificatesContext,
    subscription: Subscription,
    certificates: Sequence[UUID],
    until: date | None = None,
) -> list[UUID]:
    """Enrols certificates in a locked, open subscription; those for which there is no room.

    One that is enrolled already stays as it is.
    """
    parameters = {"subscription_id": subscription.id, "certificates": list(certificates)}
    rows = await execute(context.session, _FIND_ENROLLED, parameters)
    enrolled_ids = {row.certificate_id for row in rows}
    new_ids = [id_ for id_ in dict.fromkeys(certificates) if id_ not in enrolled_ids]
    room = max(context.settings.roster_enrolments - subscription.enrolled, 0)
    parameters |= {"certificates": new_ids[:room], "until": until, "now": context.now}
    await execute(context.session, _INSERT, parameters)
    subscription.enrolled += len(new_ids[:room])
    await context.session.flush()
    return new_ids[room:]


async def unenrol_certificates(
    context: CertificatesContext, subscription: Subscription, certificates: Sequence[UUID]
) -> set[UUID]:
    """Ends the enrolments of certificates in a locked subscription; which were enrolled.

    The rows are kept as the record of a disclosure.
    """
    parameters = {
        "subscription_id": subscription.id,
        "certificates": list(certificates),
        "now": context.now,
        "reason": EnrolmentEnd.UNENROLLED.value,
    }
    ended_ids = {row.certificate_id for row in await execute(context.session, _END, parameters)}
    subscription.enrolled -= len(ended_ids)
    await context.session.flush()
    return ended_ids


async def move_enrolments(context: CertificatesContext, moves: Sequence[EnrolmentMove]) -> None:
    """Ends enrolments of locked subscriptions, and enrols the successors in their place."""
    if moves:
        parameters = {
            "enrolments": [move.enrolment_id for move in moves],
            "successors": [move.successor_id for move in moves],
            "now": context.now,
            "reason": EnrolmentEnd.RENEWED.value,
        }
        await execute(context.session, _MOVE, parameters)


async def end_enrolments(
    context: CertificatesContext, ids: Sequence[int], reason: EnrolmentEnd
) -> int:
    """Ends these enrolments, of locked subscriptions; how many were active."""
    parameters = {"enrolments": list(ids), "now": context.now, "reason": reason.value}
    rows = (await execute(context.session, _END_BY_ID, parameters)).all()
    counts = Counter(row.subscription_id for row in rows)
    parameters = {"subscriptions": list(counts), "numbers": list(counts.values())}
    await execute(context.session, _COUNT_DOWN, parameters)
    return len(rows)
