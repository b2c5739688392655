"""`Idempotency-Key`: a client that got no answer may retry, and the work is done once.

Only the id of what was created is kept, not the answer: answers can hold personal data.
"""

import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Table, Text, Uuid, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.columns import Instant
from shared.db import Database, execute, new_metadata
from shared.errors import RuleViolation
from shared.settings import Settings

idempotency_key = Table(
    "idempotency_key",
    new_metadata(),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("result_id", Uuid),
    Column("created_at", Instant, nullable=False, server_default=func.clock_timestamp()),
)
Index("ix_idempotency_key_created_at", idempotency_key.c.created_at)


async def create_once(
    session: AsyncSession,
    operation: str,
    key: str | None,
    request_content: bytes,
    create: Callable[[], Awaitable[UUID]],
) -> UUID:
    """The id of what `create` made, now or when the same key came first.

    `request_content` is the request's bytes: the same key with another request raises
    `RuleViolation` (`idempotency.key_reused`). A concurrent retry waits for the outcome of the
    first. Without a key nothing is remembered, and every call creates.
    """
    if key is None:
        return await create()
    fingerprint = hashlib.sha256(request_content).digest()
    table = idempotency_key
    entry = insert(table).values(operation=operation, key=key, fingerprint=fingerprint)
    claim = entry.on_conflict_do_nothing().returning(table.c.key)
    same_key = (table.c.operation == operation) & (table.c.key == key)
    if (await execute(session, claim)).first() is not None:
        result_id = await create()
        await execute(session, update(table).where(same_key).values(result_id=result_id))
        return result_id
    earlier_row = (await execute(session, select(table).where(same_key))).one()
    if earlier_row.fingerprint != fingerprint:
        raise RuleViolation(
            "idempotency.key_reused",
            "This Idempotency-Key was used with another request. Use a new key for a new request.",
            field="#header/Idempotency-Key",
        )
    first_result_id: UUID = earlier_row.result_id
    return first_result_id


async def delete_expired_keys(database: Database, settings: Settings) -> None:
    """Deletes keys older than the settings keep them; a retry after that creates again."""
    retention = func.make_interval(0, 0, 0, settings.idempotency_key_days)
    is_expired = idempotency_key.c.created_at < func.clock_timestamp() - retention
    async with database.transaction() as session:
        await execute(session, delete(idempotency_key).where(is_expired))
