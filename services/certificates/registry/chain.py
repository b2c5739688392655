"""The hash chain over the registry's feed: entries that were dropped or altered show.

    content_digest(content) = SHA-256 of the content's bytes, as they are sent
    entry_digest(...) = SHA-256 of five lines, joined by line feeds, as they are sent: subject,
        subject's id, event, instant of recording, content's digest in hexadecimal digits
    next_chain(previous, position, entry_digest)
        = SHA-256 of previous (32 bytes), position (8 bytes, big-endian), entry_digest (32)

The chain begins with 32 zero bytes. A page states the chain before its first entry and after
its last: a reader who computes it from what they hold accepts a page only if both agree. So
nothing that an entry says can be altered, also where its content was erased.
"""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from services.certificates.registry.rules import FeedReason, Subject

EMPTY_CHAIN = bytes(32)
"""The chain before the first entry."""


def content_digest(content: bytes) -> bytes:
    """The digest that stands for an entry's content, also when the content is erased: 32 bytes."""
    return hashlib.sha256(content).digest()


def entry_digest(
    subject: Subject, subject_id: UUID, event: FeedReason, recorded_at: datetime, content: bytes
) -> bytes:
    """The digest of all that an entry says but its position, which the chain has: 32 bytes."""
    lines = (
        subject.value,
        str(subject_id),
        event.value,
        format_instant(recorded_at),
        content_digest(content).hex(),
    )
    return hashlib.sha256("\n".join(lines).encode()).digest()


def format_instant(instant: datetime) -> str:
    """The instant as entries say it: RFC 3339 in UTC, ending in `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def next_chain(previous: bytes, position: int, digest: bytes) -> bytes:
    """The chain after the entry with this digest at this position: 32 bytes."""
    return hashlib.sha256(previous + position.to_bytes(8, "big") + digest).digest()
