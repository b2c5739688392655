"""Which media type an answer has, of those that its route gives (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

import mimeparse


def choose_media_type(types: Sequence[str], accept: str) -> str | None:
    """The type that the client prefers, the first among equals; None where it takes none of them.

    A header that is absent, or cannot be read, takes all.
    """
    plain_types = [media_type.partition(";")[0] for media_type in types]
    if not accept or accept == "*/*":
        return plain_types[0]
    try:
        # Of equals it chooses the last.
        return mimeparse.best_match(reversed(plain_types), accept) or None
    except mimeparse.MimeTypeParseException:
        return plain_types[0]
