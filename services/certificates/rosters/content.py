"""What an event of a roster says: a CloudEvent in the canonical form of RFC 8785.

Parsed and written canonically again, the content gives the same bytes: whoever keeps it as JSON
can prove it by the digest of its day. It holds no floating-point numbers and names nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785

from services.certificates.rosters.rules import RosterEventKind

EVENT_TYPE_PREFIX = "attesta.roster"
SEQUENCE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event of a subscription before it has its number; `data` is what it tells, as JSON."""

    subscription_id: UUID
    certificate_id: UUID | None
    kind: RosterEventKind
    data: Mapping[str, Any]


def build_content(draft: EventDraft, sequence: int, now: datetime) -> bytes:
    """The event with its number: CloudEvents 1.0, the extension `sequence` padded to be sorted."""
    return rfc8785.dumps(
        {
            "specversion": "1.0",
            "id": f"evt_{draft.subscription_id}_{sequence}",
            "source": f"/v1/subscriptions/{draft.subscription_id}",
            "type": f"{EVENT_TYPE_PREFIX}.{draft.kind.value}.v1",
            "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sequence": f"{sequence:0{SEQUENCE_DIGITS}d}",
            "data": dict(draft.data),
        }
    )


def digest_content(content: bytes) -> bytes:
    """SHA-256 of an event's content."""
    return sha256(content).digest()
