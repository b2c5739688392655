"""The hash chain of the registry's feed: what was dropped, doubled or altered shows."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

EMPTY_CHAIN = bytes(32).hex()
"""The chain before the first entry."""


class ChainBroken(Exception):
    """The page does not follow from your position and chain; nothing of it was handed over."""


class ChainedEntry(Protocol):
    """An entry of the feed."""

    position: int
    content: str | None
    digest: str
    chain: str


def check_entries(
    entries: Sequence[ChainedEntry],
    *,
    position: int,
    chain: str,
    before_chain: str,
    after_chain: str,
) -> None:
    """Raises `ChainBroken` where the entries do not go on from `position` and `chain`."""
    if before_chain != chain:
        raise ChainBroken(f"the chain at {position} is another than yours")
    for entry in entries:
        position += 1
        if entry.position != position:
            raise ChainBroken(f"{entry.position} stands where {position} must stand")
        content_digest = bytes.fromhex(entry.digest)
        # Erased content leaves its digest, so that the chain still proves all the others.
        content = entry.content
        if content is not None and hashlib.sha256(content.encode()).digest() != content_digest:
            raise ChainBroken(f"the content of {position} is not what its digest says")
        link = bytes.fromhex(chain) + position.to_bytes(8, "big") + content_digest
        chain = hashlib.sha256(link).hexdigest()
        if entry.chain != chain:
            raise ChainBroken(f"the chain at {position} is another")
    if after_chain != chain:
        raise ChainBroken(f"the page does not end with the chain at {position}")
