"""Mail to the contact of an endpoint that does not answer: after a day, and when it is paused.

A process that dies after the relay took a mail sends it again, under the same Message-ID.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.models import Subscription
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.webhooks.models import WebhookEndpoint
from services.certificates.webhooks.rules import EndpointNotice
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.delivery.attempts import Attempt, AttemptOutcome, announce_channel, count_attempt
from shared.delivery.backoff import LETTER_BACKOFF
from shared.delivery.mail import MailRelay
from shared.locale.catalogues import Languages
from shared.shutdown import run_to_end

WEBHOOK_NOTICES_JOB = "webhook-notices"
"""The job that sends these mails."""
CHANNEL = "email"
NOTICES_PER_ROUND = 100

log = logs.get_logger(__name__)
announce_channel(CHANNEL)


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """A mail that is due: to whom, about which endpoint, and since when it fails."""

    endpoint_id: UUID
    contact: str
    host: str
    subscription_id: UUID
    subscription_name: str
    notice: EndpointNotice
    failing_since: datetime


async def claim_notice(context: CertificatesContext) -> NoticeMail | None:
    """The mail that waits longest; nobody else sends it until the pause after a failure is over."""
    query = (
        select(WebhookEndpoint, Subscription.name)
        .join(Subscription, col(Subscription.id) == WebhookEndpoint.subscription_id)
        .where(
            col(WebhookEndpoint.notice).is_not(None),
            col(WebhookEndpoint.notice_at) <= context.now,
        )
        .order_by(col(WebhookEndpoint.notice_at))
        .limit(1)
        .with_for_update(of=WebhookEndpoint, skip_locked=True)
    )
    row = (await context.session.exec(query)).first()
    if row is None:
        return None
    endpoint, name = row
    assert endpoint.notice is not None, "the condition says so"
    endpoint.notice_attempts += 1
    endpoint.notice_at = context.now + LETTER_BACKOFF.draw_pause(endpoint.notice_attempts + 1)
    return NoticeMail(
        *(endpoint.id, endpoint.contact, endpoint.host, endpoint.subscription_id, name),
        *(endpoint.notice, endpoint.failing_since or context.now),
    )


async def end_notice(context: CertificatesContext, mail: NoticeMail, attempt: Attempt) -> None:
    """Records how a mail went; one that is refused for ever is given up."""
    endpoint = await context.session.get(WebhookEndpoint, mail.endpoint_id, with_for_update=True)
    if endpoint is None or endpoint.notice is not mail.notice:
        return
    if attempt.outcome is AttemptOutcome.DELIVERED:
        endpoint.told_of = mail.notice
    is_given_up = LETTER_BACKOFF.is_exhausted(endpoint.notice_attempts)
    if attempt.outcome in {AttemptOutcome.DELIVERED, AttemptOutcome.REFUSED} or is_given_up:
        endpoint.notice, endpoint.notice_at = None, None


def compose_notice(
    settings: CertificatesSettings, languages: Languages, mail: NoticeMail, now: datetime
) -> EmailMessage:
    """The mail, in every language: nobody asked which of them the contact reads."""
    sender = settings.webhook_notices_sender
    fact = f"{mail.endpoint_id}.{mail.notice.value}.{int(mail.failing_since.timestamp())}"
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, mail.contact
    message["Subject"] = " / ".join(
        t(f"webhook.mail.{mail.notice.value}.subject", host=mail.host) for t in languages.values()
    )
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<webhook.{fact}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(_write_texts(settings, languages, mail)) + "\n")
    return message


def _write_texts(
    settings: CertificatesSettings, languages: Languages, mail: NoticeMail
) -> Iterator[str]:
    """What the mail says, with the way to the endpoint's page."""
    for language, t in languages.items():
        yield t(
            f"webhook.mail.{mail.notice.value}.text",
            host=mail.host,
            name=mail.subscription_name,
            since=t.format_instant(mail.failing_since, settings.time_zone),
            page=f"{settings.site_url}/{language}/rosters/{mail.subscription_id}/endpoints",
        )


@dataclass(frozen=True, slots=True)
class NoticeSender:
    """Sends the mails that are due, on one database, over one relay."""

    database: Database
    clock: Clock
    settings: CertificatesSettings
    languages: Languages
    relay: MailRelay

    async def send_due_notices(self) -> int:
        """Sends what is due, one after another; returns how many tries there were."""
        for number in range(NOTICES_PER_ROUND):
            async with self.database.transaction() as session:
                mail = await claim_notice(self._build_context(session))
            if mail is None:
                return number
            await run_to_end(self._send_notice(mail))
        return NOTICES_PER_ROUND

    async def _send_notice(self, mail: NoticeMail) -> None:
        message = compose_notice(self.settings, self.languages, mail, self.clock.now())
        attempt = await self.relay.send(message)
        count_attempt(CHANNEL, attempt)
        async with self.database.transaction() as session:
            await end_notice(self._build_context(session), mail, attempt)
        log.info(
            "webhook.contact_mailed",
            endpoint_id=str(mail.endpoint_id),
            notice=mail.notice.value,
            outcome=attempt.outcome.value,
        )

    def _build_context(self, session: AsyncSession) -> CertificatesContext:
        return command_context(session, self.clock.now(), self.settings, WEBHOOK_NOTICES_JOB)
