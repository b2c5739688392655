"""Events sent to endpoints: claimed, sent, ended; each step a transaction of its own.

Several senders at once, in one process or many, never have the same endpoint. One that does not
answer takes a place of those that are hindered, and holds up nobody.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.rosters.numbering import ROSTER_CHANNEL
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.webhooks.checks import (
    WEBHOOK_CHANNEL,
    CheckClaim,
    claim_checks,
    end_check,
)
from services.certificates.webhooks.claims import Claim, Places, claim_endpoints, end_attempt
from services.certificates.webhooks.messages import (
    UNUSABLE_ADDRESS,
    Exchange,
    build_event_exchange,
    build_handshake,
    build_test_event,
    exchange_with,
    run_exchange,
)
from services.certificates.webhooks.queries import count_behind, list_contents
from services.certificates.webhooks.rules import AttemptEnd, CheckKind, name_message
from services.certificates.webhooks.secrets import load_secrets
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, wait_for_notification
from shared.delivery.attempts import Attempt, AttemptOutcome, announce_channel, count_attempt
from shared.delivery.destinations import UnusableDestination, parse_destination
from shared.delivery.egress import Egress, EgressLine
from shared.duties import note_success
from shared.encryption import Undecipherable
from shared.tracing import continue_trace

WEBHOOKS_JOB = "webhooks"
"""The job that sends events."""
SENDER_ACTOR = "webhooks"
CHANNEL = "webhook"
STATE_SECONDS = 60.0
"""How often the sender counts what is left to do."""
TURN_MESSAGES = 20
"""So many messages go to an endpoint in one turn; then others that wait come first."""
CHECKS_AT_ONCE = 20
NORMAL, HINDERED, CHECK = "normal", "hindered", "check"
"""The kinds of places that a sender has."""
NOTHING_LEFT = AttemptEnd(
    Attempt(AttemptOutcome.DELIVERED, "erased"), status=None, duration=timedelta(0)
)
"""The events of a message are no longer kept: the cursor passes them."""
NO_SECRET = AttemptEnd(Attempt(AttemptOutcome.UNMADE, "secret"), status=None, duration=timedelta(0))

log = logs.get_logger(__name__)
announce_channel(CHANNEL)


class WebhookSender:
    """Sends events and makes checks, on one database, as many at once as the settings allow."""

    def __init__(
        self, database: Database, clock: Clock, settings: CertificatesSettings, egress: Egress
    ) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._egress = egress
        self._open = _OpenRequests()

    async def run(self) -> None:
        """Follows commits. Returns only by raising; what is being sent is broken off then."""
        loop, state_due_at, backlog = asyncio.get_running_loop(), 0.0, 0
        async with (
            self._database.listen(ROSTER_CHANNEL, WEBHOOK_CHANNEL) as wake,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                wake.clear()
                turn_count = await self.begin_turns(tasks, wake.set)
                if loop.time() >= state_due_at:
                    backlog = await self._count_backlog()
                    state_due_at = loop.time() + STATE_SECONDS
                note_success(backlog=backlog)
                if not turn_count:
                    await wait_for_notification(wake, self._settings.poll_seconds)

    async def send_due(self) -> int:
        """Sends what is due now, to the end, and makes the checks that wait; how many turns."""
        total = 0
        while True:
            async with asyncio.TaskGroup() as tasks:
                turn_count = await self.begin_turns(tasks, lambda: None)
            total += turn_count
            if not turn_count:
                return total

    async def begin_turns(self, tasks: asyncio.TaskGroup, call_at_end: Callable[[], None]) -> int:
        """Claims what is due, as far as there are places, and begins to send it; how many turns.

        Endpoints that stepped back for their hosts' sake do not count.
        """
        async with self._database.transaction() as session:
            context = self._build_context(session)
            checks = await claim_checks(context, self._open.count_check_places())
        async with self._database.transaction() as session:
            context = self._build_context(session)
            claims = await claim_endpoints(context, self._open.count_places(self._settings))
        turns = [(CHECK, self._make_check(check)) for check in checks]
        turns += [
            (HINDERED if claim.is_hindered else NORMAL, self._take_turn(claim)) for claim in claims
        ]
        for place, turn in turns:
            self._open.counts[place] += 1
            tasks.create_task(self._keep_place(place, turn, call_at_end))
        return len(turns)

    async def _keep_place(
        self, place: str, turn: Awaitable[None], call_at_end: Callable[[], None]
    ) -> None:
        """Runs a turn, and frees its place. One that fails leaves a claim that ends."""
        try:
            await turn
        except Exception as error:  # such as a database that went away; the sender goes on
            log.warning("webhook.turn_failed", error=type(error).__name__, exc_info=error)
        finally:
            self._open.counts[place] -= 1
            call_at_end()

    async def _take_turn(self, claim: Claim) -> None:
        """Sends messages to an endpoint, one after another over one connection."""
        async with AsyncExitStack() as stack:
            line: EgressLine | None = None
            for number in range(1, TURN_MESSAGES + 1):
                with continue_trace(None, claim.attempt.carrier, "webhook"):
                    exchange = await self._prepare_events(claim)
                    if isinstance(exchange, AttemptEnd):
                        end = exchange
                    elif line is None:
                        line, end = await self._open_line(stack, claim.url, exchange)
                    else:
                        end = await run_exchange(line, exchange)
                    following = await self._end_message(claim, end, number < TURN_MESSAGES)
                if following is None:
                    return
                claim = following

    async def _open_line(
        self, stack: AsyncExitStack, url: str, exchange: Exchange
    ) -> tuple[EgressLine | None, AttemptEnd]:
        """Opens the line of a turn for its first message."""
        try:
            destination = parse_destination(url, allows_local=self._egress.allows_local)
        except UnusableDestination:
            return None, UNUSABLE_ADDRESS
        line = await stack.enter_async_context(self._egress.open(destination))
        return line, await run_exchange(line, exchange)

    async def _prepare_events(self, claim: Claim) -> Exchange | AttemptEnd:
        """The message of a claim; how it ends where there is nothing to send, or no secret."""
        async with self._database.read_only_transaction() as session:
            contents = await list_contents(session, claim.subscription_id, claim.first, claim.last)
            keys = await self._load_secrets(session, claim.endpoint_id)
        if not contents:
            return NOTHING_LEFT
        if keys is None:
            return NO_SECRET
        message_id = name_message(claim.subscription_id, claim.first, claim.last)
        return build_event_exchange(message_id, contents, keys, is_batch=claim.is_batch)

    async def _load_secrets(self, session: AsyncSession, endpoint_id: UUID) -> list[str] | None:
        """The secrets that sign now; None where no key opens them, or the endpoint is gone."""
        keyring, now = self._settings.keyring, self._clock.now()
        try:
            return await load_secrets(session, keyring, endpoint_id, now) or None
        except Undecipherable:
            log.error("webhook.secret_unreadable", endpoint_id=str(endpoint_id))
            return None

    async def _end_message(self, claim: Claim, end: AttemptEnd, may_continue: bool) -> Claim | None:
        count_attempt(CHANNEL, end.attempt)
        async with self._database.transaction() as session:
            context = self._build_context(session)
            following = await end_attempt(context, claim, end, may_continue=may_continue)
        log.info(
            "webhook.tried",
            endpoint_id=str(claim.endpoint_id),
            outcome=end.attempt.outcome.value,
            failure=end.attempt.failure,
        )
        return following

    async def _make_check(self, claim: CheckClaim) -> None:
        """Makes a handshake, or sends a test event."""
        with continue_trace(None, claim.attempt.carrier, "webhook check"):
            async with self._database.read_only_transaction() as session:
                keys = await self._load_secrets(session, claim.endpoint_id)
            end = NO_SECRET
            if keys is not None:
                end = await exchange_with(self._egress, claim.url, self._prepare_check(claim, keys))
            async with self._database.transaction() as session:
                await end_check(self._build_context(session), claim, end)

    def _prepare_check(self, claim: CheckClaim, keys: Sequence[str]) -> Exchange:
        if claim.kind is CheckKind.HANDSHAKE:
            return build_handshake(claim.check_id, keys)
        event = build_test_event(claim.check_id, claim.subscription_id, self._clock.now())
        return build_event_exchange(
            f"test_{claim.check_id}", [event], keys, is_batch=claim.is_batch
        )

    async def _count_backlog(self) -> int:
        async with self._database.read_only_transaction() as session:
            return await count_behind(session, self._clock.now())

    def _build_context(self, session: AsyncSession) -> CertificatesContext:
        return command_context(session, self._clock.now(), self._settings, SENDER_ACTOR)


@dataclass(slots=True)
class _OpenRequests:
    """How many requests of each kind a sender has open."""

    counts: Counter[str] = field(default_factory=Counter)

    def count_places(self, settings: CertificatesSettings) -> Places:
        """How many more it may open."""
        hindered = self.counts[HINDERED]
        total = self.counts[NORMAL] + hindered
        free = settings.webhooks_at_once - total
        return Places(free, min(settings.hindered_webhooks - hindered, free))

    def count_check_places(self) -> int:
        """How many more checks it may make."""
        return CHECKS_AT_ONCE - self.counts[CHECK]
