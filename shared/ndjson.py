"""Newline-delimited JSON: lines out of a stream of bytes, in constant memory."""

from collections.abc import AsyncIterator

from shared.errors import RuleViolation

MEDIA_TYPE = "application/x-ndjson"
MAX_LINE_BYTES = 65_536


async def read_lines(body: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number, counted from 1.

    Raises `RuleViolation` (`ndjson.line`) for a line longer than `MAX_LINE_BYTES`.
    """
    remainder, number = b"", 0
    async for chunk in body:
        *complete_lines, remainder = (remainder + chunk).split(b"\n")
        for line in complete_lines:
            number += 1
            if line.strip():
                yield number, line
        check_line_length(number + 1, remainder)
    if remainder.strip():
        yield number + 1, remainder


def check_line_length(number: int, line: bytes) -> None:
    """Raises `RuleViolation` (`ndjson.line`) for a line longer than `MAX_LINE_BYTES`."""
    if len(line) > MAX_LINE_BYTES:
        raise RuleViolation(
            "ndjson.line",
            f"Line {number} is longer than {MAX_LINE_BYTES} bytes.",
            field="/",
            values={"line": number},
        )
