"""The hash chain of the registry's feed: what was dropped, doubled or altered shows."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

EMPTY_CHAIN = bytes(32).hex()
"""The chain before the first entry."""


class ChainBroken(Exception):
    """The page does not follow from your position and chain; nothing of it was handed over."""


class ChainedEntry(Protocol):
    """An entry of the feed."""

    position: int
    subject: Any
    subject_id: UUID
    event: Any
    recorded_at: datetime
    content: str | None
    content_digest: str
    digest: str
    chain: str


def check_entries(
    entries: Sequence[ChainedEntry],
    *,
    position: int,
    chain: str,
    before_chain: str,
    after_chain: str,
    absent: frozenset[UUID] = frozenset(),
) -> frozenset[UUID]:
    """The subjects with an absent content, `absent` before, whose erasure is still to follow.

    Raises `ChainBroken` where the entries do not go on from `position` and `chain`.
    """
    if before_chain != chain:
        raise ChainBroken(f"the chain at {position} is another than yours")
    for entry in entries:
        position += 1
        if entry.position != position:
            raise ChainBroken(f"{entry.position} stands where {position} must stand")
        _check_entry(entry)
        link = bytes.fromhex(chain) + position.to_bytes(8, "big") + bytes.fromhex(entry.digest)
        chain = hashlib.sha256(link).hexdigest()
        if entry.chain != chain:
            raise ChainBroken(f"the chain at {position} is another")
        # Erased content leaves its digest, so that the chain still proves all the others.
        if entry.content is None:
            absent |= {entry.subject_id}
        elif str(entry.event) == "erased":
            absent -= {entry.subject_id}
    if after_chain != chain:
        raise ChainBroken(f"the page does not end with the chain at {position}")
    return absent


def _check_entry(entry: ChainedEntry) -> None:
    """Raises `ChainBroken` where the entry says something else than its digests."""
    content = entry.content
    if content is not None and _digest(content) != entry.content_digest:
        raise ChainBroken(f"the content of {entry.position} is not what its digest says")
    instant = entry.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    lines = (entry.subject, entry.subject_id, entry.event, instant, entry.content_digest)
    if _digest("\n".join(map(str, lines))) != entry.digest:
        raise ChainBroken(f"what {entry.position} says is not what its digest says")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
