"""All records of one moment as a stream of lines."""

import csv
import io
from collections.abc import AsyncIterator, Callable

from fastapi import Request

from services.certificates.registry import queries
from services.certificates.registry.queries import FeedRow
from shared.values.sheet_cells import guard_cell
from shared.web.resources import get_resources


async def stream_all(
    request: Request,
    line: Callable[[FeedRow], bytes],
    end: Callable[[int, int, bytes], bytes],
    first: bytes = b"",
) -> AsyncIterator[bytes]:
    """All records of one moment, many lines at a time, in constant memory."""
    pool = await get_resources(request).database.read_pool.get_pool()
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        position, chain = await queries.get_feed_head(connection)
        count, lines = 0, [first]
        async for row in queries.iterate_latest_entries(connection, position):
            count += 1
            lines.append(line(row))
            if len(lines) == LINES_AT_ONCE:
                yield b"".join(lines)
                lines.clear()
        lines.append(end(count, position, chain))
        yield b"".join(lines)


LINES_AT_ONCE = 200


def csv_row(values: list[str]) -> bytes:
    """One row of CSV with its line end; no spreadsheet evaluates its cells."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(map(guard_cell, values))
    return buffer.getvalue().encode()
