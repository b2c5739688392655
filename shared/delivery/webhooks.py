"""Standard Webhooks (standardwebhooks.com): messages signed, and what an answer means.

The content is CloudEvents 1.0 in JSON: one event, or a batch of them.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime

from standardwebhooks import Webhook

from shared.clock import SystemClock
from shared.delivery.attempts import Attempt, AttemptOutcome
from shared.delivery.egress import EgressAnswer, EgressFailure, Header

EVENT_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
PLAIN_TYPE = "application/json"
"""Of messages that are no events: the challenge of a handshake."""
SECRET_BYTES = 32
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with

LONGEST_PAUSE = timedelta(days=1)
"""A destination that asks for more with `Retry-After` gets this."""
_GONE, _TOO_MANY, _UNAVAILABLE = 410, 429, 503


def create_secret() -> str:
    """A new secret, in the form that libraries of Standard Webhooks read."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_message(
    message_id: str, body: bytes, content_type: str, keys: Sequence[str]
) -> list[Header]:
    """The headers of a message: its id, its time, and a signature by each of the secrets.

    The time is the machine's own, whatever clock else is used: receivers compare it with theirs.
    """
    now = SystemClock().now()  # in UTC: the library takes any other zone for it
    signatures = [Webhook(key).sign(message_id, now, body.decode()) for key in keys]
    return [
        ("Content-Type", content_type),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(now.timestamp()))),
        ("webhook-signature", " ".join(signatures)),
    ]


def build_batch(events: Sequence[str]) -> bytes:
    """The body of a batch of events, each of them JSON already."""
    return f"[{','.join(events)}]".encode()


def judge_answer(answer: EgressAnswer) -> Attempt:
    """What an answer means: delivered, for ever refused (410), not now (429), or failed."""
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the class of success
        return Attempt(AttemptOutcome.DELIVERED)
    outcome = {_GONE: AttemptOutcome.REFUSED, _TOO_MANY: AttemptOutcome.DEFERRED}
    return Attempt(outcome.get(answer.status, AttemptOutcome.BROKEN), str(answer.status))


def judge_failure(failure: EgressFailure) -> Attempt:
    """What it means that there was no answer."""
    outcome = AttemptOutcome.BROKEN if failure.was_sent else AttemptOutcome.UNMADE
    return Attempt(outcome, failure.reason)


def read_pause(answer: EgressAnswer) -> timedelta | None:
    """For how long the destination wants to be left alone, at most `LONGEST_PAUSE`; None: no word.

    `Retry-After` counts in an answer that it belongs to: 429 and 503.
    """
    if answer.retry_after is None or answer.status not in {_TOO_MANY, _UNAVAILABLE}:
        return None
    pause = _parse_pause(answer.retry_after.strip())
    return None if pause is None else max(min(pause, LONGEST_PAUSE), timedelta(0))


def _parse_pause(text: str) -> timedelta | None:
    """Seconds or an HTTP date; None for anything else."""
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_PAUSE.total_seconds()))
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if instant.tzinfo is None else instant - SystemClock().now()
