"""Comparison of the registry's copy with the feed."""

from collections.abc import AsyncIterator, Sequence

from pydantic import ValidationError

from services.certificates.registry import queries
from services.certificates.registry.queries import FeedRow
from services.certificates.registry.schemas import ReconciliationLine
from shared.db import Connection, Database
from shared.errors import RuleViolation
from shared.ndjson import read_lines

CHUNK_RECORDS = 5_000


async def compare_copy(
    database: Database, body: AsyncIterator[bytes], position: int | None, limit: int
) -> tuple[int, int, Sequence[FeedRow]]:
    """Compares an NDJSON copy with the feed as of `position`, or as of now.

    Returns the position compared at, the number of records in the copy, and at most `limit`
    differences. The copy goes into a temporary table, chunk by chunk. Raises `RuleViolation`
    for a position beyond the feed's end, and naming the first bad line.
    """
    connection = await database.open_connection()
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute(
                "CREATE TEMPORARY TABLE registry_copy (id uuid, digest bytea) ON COMMIT DROP"
            )
            record_count = await _load_copy(connection, body)
            last_position, _ = await queries.get_feed_head(connection)
            if position is not None and position > last_position:
                raise RuleViolation(
                    "reconcile.position",
                    f"The feed ends at {last_position}.",
                    field="#query/position",
                    values={"last_position": last_position},
                )
            compared_position = last_position if position is None else position
            return (
                compared_position,
                record_count,
                await queries.list_differences(connection, compared_position, limit),
            )
    finally:
        connection.terminate()


async def _load_copy(connection: Connection, body: AsyncIterator[bytes]) -> int:
    """Copies the records into the temporary table; returns how many there were."""
    record_count = 0
    async for chunk in _parse_chunks(body):
        record_count += len(chunk)
        await connection.copy_records_to_table("registry_copy", records=chunk)
    return record_count


async def _parse_chunks(body: AsyncIterator[bytes]) -> AsyncIterator[list[tuple[object, bytes]]]:
    """The records of the lines, in bounded chunks. Raises `RuleViolation` for a bad line."""
    chunk: list[tuple[object, bytes]] = []
    async for line_number, line in read_lines(body):
        try:
            record = ReconciliationLine.model_validate_json(line)
        except ValidationError as error:
            first_error = error.errors(include_input=False, include_url=False)[0]
            location = ".".join(map(str, first_error["loc"])) or "the line"
            raise RuleViolation(
                "reconcile.line",
                f"Line {line_number}: {location}: {first_error['msg']}.",
                field=f"/{line_number - 1}",
                values={"line": line_number},
            ) from error
        chunk.append((record.id, bytes.fromhex(record.digest)))
        if len(chunk) == CHUNK_RECORDS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
