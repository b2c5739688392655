"""Digests sent: claimed, composed, handed to the relay, ended; each step a transaction of its own.

Two schedulers at once never have the same digest; one that dies leaves it to the next round.
"""

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.digests.content import (
    read_centre_digest,
    read_council_digest,
    say_centre_digest,
    say_council_digest,
)
from services.applications.digests.operations import DigestClaim, claim_digest, end_digest
from services.applications.digests.rules import OfficeKind
from services.applications.letters.planning import sending_hours
from services.applications.letters.rendering import build_message, sender_domain
from services.applications.letters.words import LetterWords
from services.applications.settings import ApplicationsContext, ApplicationsSettings
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.delivery.attempts import announce_channel, count_attempt
from shared.delivery.mail import MailRelay
from shared.locale.catalogues import FIRST_LANGUAGE, read_languages
from shared.shutdown import run_to_end

DIGESTS_JOB = "digests"
"""The job that sends digests."""
DIGEST_ACTOR = "digests"
DIGEST_CHANNEL = "digest"

log = logs.get_logger(__name__)
announce_channel(DIGEST_CHANNEL)


@dataclass(frozen=True, slots=True)
class DigestSender:
    """Sends digests that are due, on one database, over one relay."""

    database: Database
    clock: Clock
    settings: ApplicationsSettings
    relay: MailRelay

    async def send_due_digests(self) -> int:
        """Sends what is due in the hours of sending, one after another; how many were due."""
        count = 0
        hours = sending_hours(self.settings)
        while hours.next_moment(self.clock.now()) == self.clock.now():
            async with self.database.transaction() as session:
                claim = await claim_digest(self._build_context(session))
            if claim is None:
                break
            count += 1
            await run_to_end(self._send_digest(claim))
        return count

    async def _send_digest(self, claim: DigestClaim) -> None:
        async with self.database.read_only_transaction() as session:
            message = await self._compose_digest(self._build_context(session), claim)
        attempt = None if message is None else await self.relay.send(message)
        if attempt is not None:
            count_attempt(DIGEST_CHANNEL, attempt)
            log.info("digest.tried", kind=claim.kind.value, outcome=attempt.outcome.value)
        async with self.database.transaction() as session:
            await end_digest(self._build_context(session), claim, attempt)

    async def _compose_digest(
        self, context: ApplicationsContext, claim: DigestClaim
    ) -> EmailMessage | None:
        """The digest; None where there is nothing to tell."""
        words = await self._choose_words(context, claim)
        if words is None:
            return None
        message = build_message(self.settings, claim.email, words, context.now)
        office = hashlib.sha256(f"{claim.kind} {claim.number}".encode()).hexdigest()[:16]
        domain = sender_domain(self.settings)
        message["Message-ID"] = f"<digest-{office}-{claim.digest_on.isoformat()}@{domain}>"
        return message

    async def _choose_words(
        self, context: ApplicationsContext, claim: DigestClaim
    ) -> LetterWords | None:
        languages = read_languages(Path(__file__).parents[1], self.settings.locale_folder)
        t = languages.get(claim.language, languages[FIRST_LANGUAGE])
        session, today = context.session, context.today
        if claim.kind is OfficeKind.CENTRE:
            centre_digest = await read_centre_digest(
                session, claim.number, claim.since, context.now, today
            )
            is_empty = centre_digest.is_empty
            return None if is_empty else say_centre_digest(t, self.settings, centre_digest)
        digest = await read_council_digest(session, claim.number, today)
        return None if digest.is_empty else say_council_digest(t, self.settings, digest)

    def _build_context(self, session: AsyncSession) -> ApplicationsContext:
        return command_context(session, self.clock.now(), self.settings, DIGEST_ACTOR)
