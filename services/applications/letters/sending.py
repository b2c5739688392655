"""Letters sent: claimed, composed, handed to the relay, ended; each step a transaction of its own.

Several senders at once, in one process or many, never have the same letter.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.letters.models import Letter
from services.applications.letters.operations import Claim, claim_letter, end_attempt
from services.applications.letters.planning import decide_waiting, sending_hours
from services.applications.letters.rendering import build_return_path, compose_letter
from services.applications.letters.rules import LetterChannel
from services.applications.settings import ApplicationsSettings
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.delivery.attempts import Attempt, AttemptOutcome, announce_channel, count_attempt
from shared.delivery.mail import MailRelay
from shared.job_states.rows import is_row_fault
from shared.locale.catalogues import read_languages
from shared.shutdown import run_to_end

LETTERS_JOB = "letters"
"""The job that sends letters."""
SENDER_ACTOR = "letters"

log = logs.get_logger(__name__)
announce_channel(LetterChannel.EMAIL)


@dataclass(frozen=True, slots=True)
class LetterSender:
    """Sends letters that are due, on one database, over one relay."""

    database: Database
    clock: Clock
    settings: ApplicationsSettings
    relay: MailRelay

    async def send_due_letters(self) -> int:
        """Sends what is due in the hours of sending, over several connections; how many tries."""
        await self._decide_waiting()
        numbers: list[int] = []

        async def send_share() -> None:
            numbers.append(await self._send_share())

        async with asyncio.TaskGroup() as senders:
            for _ in range(self.settings.smtp_connections):
                senders.create_task(send_share())
        return sum(numbers)

    async def _decide_waiting(self) -> None:
        """Decides letters anew that wait, batch by batch, each a transaction."""

        async def decide_batch(session: AsyncSession) -> int:
            context = command_context(session, self.clock.now(), self.settings, SENDER_ACTOR)
            return await decide_waiting(context, self.settings.scan_batch)

        await self.database.run_in_batches(decide_batch)

    async def _send_share(self) -> int:
        """The tries of one connection in a round, one after another, up to the settings' limit."""
        tries = 0
        hours = sending_hours(self.settings)
        while tries < self.settings.letters_per_round:
            now = self.clock.now()
            if hours.next_moment(now) != now:
                break
            claim = await self._claim_next()
            if claim is None:
                break
            if claim.token is not None:
                tries += 1
                await run_to_end(self._send_letter(claim))
        return tries

    async def _claim_next(self) -> Claim | None:
        async with self.database.transaction() as session:
            now = self.clock.now()
            return await claim_letter(command_context(session, now, self.settings, SENDER_ACTOR))

    async def _send_letter(self, claim: Claim) -> None:
        attempt = await self._try_letter(claim)
        count_attempt(LetterChannel.EMAIL, attempt)
        async with self.database.transaction() as session:
            now = self.clock.now()
            context = command_context(session, now, self.settings, SENDER_ACTOR)
            await end_attempt(context, claim, attempt)
        log.info(
            "letter.tried",
            letter_id=str(claim.letter_id),
            outcome=attempt.outcome.value,
            failure=attempt.failure,
        )

    async def _try_letter(self, claim: Claim) -> Attempt:
        """One try; a letter that cannot be composed fails by itself, and holds up no other."""
        languages = read_languages(Path(__file__).parents[1], self.settings.locale_folder)
        try:
            async with self.database.read_only_transaction() as session:
                letter = await session.get_one(Letter, claim.letter_id)
                message = await compose_letter(
                    session, self.settings, languages, letter, self.clock.now()
                )
        except Exception as error:
            if not is_row_fault(error):
                raise
            log.exception("letter.uncomposed", letter_id=str(claim.letter_id))
            return Attempt(AttemptOutcome.UNMADE, type(error).__name__)
        return await self.relay.send(message, build_return_path(self.settings, letter))
