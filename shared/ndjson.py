"""Newline-delimited JSON: lines out of a stream of bytes, in constant memory."""

from collections.abc import AsyncIterator

from shared.errors import RuleViolation

MEDIA_TYPE = "application/x-ndjson"
LINE_BYTES = 65_536


async def lines(body: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number. Raises `RuleViolation` for a long one."""
    rest, number = b"", 0
    async for chunk in body:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            number += 1
            if line.strip():
                yield number, line
        if len(rest) > LINE_BYTES:
            raise RuleViolation(
                "ndjson.line", f"Line {number + 1} is longer than {LINE_BYTES} bytes.", field="/"
            )
    if rest.strip():
        yield number + 1, rest
