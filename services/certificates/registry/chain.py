"""The hash chain over the registry's feed: entries that were dropped or altered show.

    entry_digest(content) = SHA-256 of the content's bytes, as they were sent
    next_chain(previous, position, content_digest)
        = SHA-256 of previous (32 bytes), position (8 bytes, big-endian), content_digest (32)

The chain begins with 32 zero bytes. A page states the chain before its first entry and after
its last: a reader who computes it from what they hold accepts a page only if both agree.
"""

import hashlib

EMPTY_CHAIN = bytes(32)
"""The chain before the first entry."""


def entry_digest(content: bytes) -> bytes:
    """The digest that stands for an entry's content, also when the content is erased: 32 bytes."""
    return hashlib.sha256(content).digest()


def next_chain(previous: bytes, position: int, content_digest: bytes) -> bytes:
    """The chain after the entry at this position: 32 bytes."""
    return hashlib.sha256(previous + position.to_bytes(8, "big") + content_digest).digest()
