"""What is kept of webhooks for some days only: attempts by day, checks, endpoints of the past."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from services.certificates.rosters.models import Subscription
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.webhooks.models import EndpointCheck, WebhookEndpoint
from shared.clock import Clock, civil_date
from shared.db import Database, execute
from shared.partitions import PartitionedTable, TimeRange

WEBHOOK_UPKEEP_JOB = "webhook-upkeep"
BATCH_ROWS = 1000
DAYS_AHEAD = 3
ATTEMPTS = PartitionedTable("delivery_attempt", "started_at")


async def maintain_attempts(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Makes the coming civil days' partitions of attempts, and drops those that are old enough."""
    today = civil_date(clock.now(), settings.time_zone)

    def build_range(day: date) -> TimeRange:
        start, end = (
            datetime.combine(day + timedelta(days=days), time(0), settings.time_zone)
            for days in (0, 1)
        )
        return TimeRange(f"{day:%Y%m%d}", start, end)

    coming_days = [build_range(today + timedelta(days=days)) for days in range(DAYS_AHEAD + 1)]
    oldest = build_range(today - timedelta(days=settings.webhook_attempt_days))
    await ATTEMPTS.maintain(database, settings, coming_days, oldest)


async def delete_old_checks(context: CertificatesContext) -> int:
    """Deletes a batch of checks as old as attempts that are no longer kept; how many."""
    oldest = context.now - timedelta(days=context.settings.webhook_attempt_days)
    query = select(EndpointCheck.id).where(col(EndpointCheck.requested_at) < oldest)
    statement = delete(EndpointCheck).where(col(EndpointCheck.id).in_(query.limit(BATCH_ROWS)))
    return (await execute(context.session, statement)).rowcount


async def delete_ended_endpoints(context: CertificatesContext) -> int:
    """Deletes endpoints of subscriptions whose events have been erased; how many.

    With them go the addresses of their contacts.
    """
    query = (
        select(WebhookEndpoint.id)
        .join(Subscription, col(Subscription.id) == WebhookEndpoint.subscription_id)
        .where(col(Subscription.erased_at).is_not(None))
    )
    statement = delete(WebhookEndpoint).where(col(WebhookEndpoint.id).in_(query.limit(BATCH_ROWS)))
    return (await execute(context.session, statement)).rowcount
