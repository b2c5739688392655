"""Messages to endpoints, and what their answers show. Nothing here knows the database."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.certificates.webhooks.checks import draw_challenge
from services.certificates.webhooks.rules import UNAUTHORIZED, AttemptEnd, CheckFault
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.destinations import UnusableDestination, parse_destination
from shared.delivery.egress import Egress, EgressAnswer, EgressFailure, EgressLine
from shared.delivery.webhooks import (
    BATCH_TYPE,
    EVENT_TYPE,
    PLAIN_TYPE,
    build_batch,
    create_secret,
    judge_answer,
    judge_failure,
    read_pause,
    sign_message,
)

TEST_TYPE = "attesta.roster.test.v1"
UNUSABLE_ADDRESS = AttemptEnd(
    Attempt(AttemptOutcome.UNMADE, "address"), status=None, duration=timedelta(0)
)
"""The address was taken once, and would be refused now."""
Exchange = Callable[[EgressLine], Awaitable[tuple[Attempt, EgressAnswer | None]]]
"""One or two requests over a line: how they ended, and the last answer."""


async def exchange_with(egress: Egress, url: str, exchange: Exchange) -> AttemptEnd:
    """Opens a line to the address for this exchange."""
    try:
        destination = parse_destination(url, allows_local=egress.allows_local)
    except UnusableDestination:
        return UNUSABLE_ADDRESS
    async with egress.open(destination) as line:
        return await run_exchange(line, exchange)


async def run_exchange(line: EgressLine, exchange: Exchange) -> AttemptEnd:
    """How an exchange over a line ends, and what time it takes."""
    started_at = time.monotonic()
    pause = None
    try:
        attempt, answer = await exchange(line)
    except EgressFailure as failure:
        attempt, answer = judge_failure(failure), None
    if answer is not None:
        pause = read_pause(answer)
    duration = timedelta(seconds=time.monotonic() - started_at)
    return AttemptEnd(attempt, answer.status if answer else None, duration, pause)


def build_event_exchange(
    message_id: str, events: Sequence[str], keys: Sequence[str], *, is_batch: bool
) -> Exchange:
    """Sends events, one alone or as a batch."""
    body = build_batch(events) if is_batch else events[0].encode()
    headers = sign_message(message_id, body, BATCH_TYPE if is_batch else EVENT_TYPE, keys)

    async def send_events(line: EgressLine) -> tuple[Attempt, EgressAnswer | None]:
        answer = await line.post(headers, body)
        return judge_answer(answer), answer

    return send_events


def build_test_event(check_id: UUID, subscription_id: UUID, now: datetime) -> str:
    """An event without a number, which tells nothing."""
    event = {
        "data": {},
        "id": f"test_{check_id}",
        "source": f"/v1/subscriptions/{subscription_id}",
        "specversion": "1.0",
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "type": TEST_TYPE,
    }
    return json.dumps(event, separators=(",", ":"))


def build_handshake(check_id: UUID, keys: Sequence[str]) -> Exchange:
    """Shows that the receiver wants these events and checks who sends them.

    A challenge that is signed by a secret of nobody must be answered by 401, one that is signed
    truly must come back.
    """

    async def shake_hands(line: EgressLine) -> tuple[Attempt, EgressAnswer | None]:
        forged = await _challenge(line, f"forged_{check_id}", draw_challenge(), [create_secret()])
        if forged.status != UNAUTHORIZED:
            is_unwilling = judge_answer(forged).outcome is not AttemptOutcome.DELIVERED
            failure = str(forged.status) if is_unwilling else CheckFault.SIGNATURE_UNCHECKED.value
            return Attempt(AttemptOutcome.BROKEN, failure), forged
        challenge = draw_challenge()
        answer = await _challenge(line, f"challenge_{check_id}", challenge, keys)
        attempt = judge_answer(answer)
        if attempt.outcome is AttemptOutcome.DELIVERED and not _is_echo(answer.body, challenge):
            attempt = Attempt(AttemptOutcome.BROKEN, CheckFault.CHALLENGE.value)
        return attempt, answer

    return shake_hands


async def _challenge(
    line: EgressLine, message_id: str, challenge: str, keys: Sequence[str]
) -> EgressAnswer:
    body = json.dumps({"challenge": challenge}, separators=(",", ":")).encode()
    return await line.post(sign_message(message_id, body, PLAIN_TYPE, keys), body)


def _is_echo(body: bytes, challenge: str) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("challenge") == challenge
