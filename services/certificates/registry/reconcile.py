"""Comparing the registry's copy with ours."""

from collections.abc import AsyncIterator, Sequence

from pydantic import ValidationError

from services.certificates.registry import queries
from services.certificates.registry.queries import Row
from services.certificates.registry.schemas import Compared
from shared.db import Connection, Database
from shared.errors import RuleViolation
from shared.ndjson import lines

CHUNK = 5_000


async def differences(
    database: Database, body: AsyncIterator[bytes], position: int | None, most: int
) -> tuple[int, int, Sequence[Row]]:
    """Our position, how many records were sent, and at most so many differences.

    The copy goes into a temporary table, chunk by chunk. Raises `RuleViolation` naming a bad line.
    """
    connection = await database.raw()
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute(
                "CREATE TEMPORARY TABLE theirs (id uuid, digest bytea) ON COMMIT DROP"
            )
            sent = await _load(connection, body)
            head, _ = await queries.head(connection)
            if position is not None and position > head:
                raise RuleViolation(
                    "reconcile.position",
                    f"The feed ends at {head}.",
                    field="#query/position",
                )
            ours = head if position is None else position
            return ours, sent, await queries.differences(connection, ours, most)
    finally:
        connection.terminate()


async def _load(connection: Connection, body: AsyncIterator[bytes]) -> int:
    sent = 0
    async for chunk in _chunks(body):
        sent += len(chunk)
        await connection.copy_records_to_table("theirs", records=chunk)
    return sent


async def _chunks(body: AsyncIterator[bytes]) -> AsyncIterator[list[tuple[object, bytes]]]:
    chunk: list[tuple[object, bytes]] = []
    async for place, line in lines(body):
        try:
            told = Compared.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, fault["loc"])) or "the line"
            raise RuleViolation(
                "reconcile.line", f"Line {place}: {where}: {fault['msg']}.", field=f"/{place - 1}"
            ) from error
        chunk.append((told.id, bytes.fromhex(told.digest)))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
