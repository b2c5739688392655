"""The chain of hashes over the registry's feed: what was dropped or altered shows.

    digest(content)  = SHA-256 of the content's bytes, as they were sent
    link(previous, position, digest)
                     = SHA-256 of previous (32 bytes), position (8 bytes, big-endian), digest (32)

The chain begins with 32 zero bytes. A page states the chain before its first entry and after its
last: a reader who computes it from what they hold accepts a page only if both agree.
"""

import hashlib

START = bytes(32)
"""The chain before the first entry."""


def digest(content: bytes) -> bytes:
    """What stands for an entry's content, also when the content is erased."""
    return hashlib.sha256(content).digest()


def link(previous: bytes, position: int, content_digest: bytes) -> bytes:
    """The chain after the entry at this position."""
    return hashlib.sha256(previous + position.to_bytes(8, "big") + content_digest).digest()
