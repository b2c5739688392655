"""Messages of webhooks: who signed one, and what it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standardwebhooks import Webhook

from attesta_client.events import RosterEvent


class MessageForged(Exception):
    """The message is not signed by your secret, or too old: answer 401 and nothing else."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is signed: events, or the challenge of a handshake.

    Answer a challenge with 200 and `reply` as JSON; events with 204 once they are kept.
    """

    events: tuple[RosterEvent, ...] = ()
    reply: Mapping[str, Any] | None = None


def read_message(secret: str, body: bytes, headers: Mapping[str, str]) -> Message:
    """The message in the body of a request, exactly as it came. Raises `MessageForged`."""
    lowercase_headers = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(secret).verify(body, lowercase_headers)
    except Exception as error:  # whatever a stranger sends, it is no message of the platform
        raise MessageForged(str(error)) from error
    content = json.loads(body)
    if isinstance(content, dict) and "challenge" in content:
        return Message(reply=content)
    events = content if isinstance(content, list) else [content]
    return Message(events=tuple(map(RosterEvent.parse, events)))
