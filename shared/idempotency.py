"""`Idempotency-Key`: a client that got no answer may retry, and the work is done once.

Either the id of what was created is kept, or the answer, sealed by what only the client has:
answers can hold personal data. Of the key itself a digest is kept, so that the database alone
opens none of them.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
    update,
)
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
    Column("key", LargeBinary, primary_key=True, comment="a digest: the key opens sealed_answer"),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("result_id", Uuid),
    Column("sealed_answer", LargeBinary),
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
    earlier_row = await _claim(session, operation, key, request_content)
    if earlier_row is None:
        result_id = await create()
        same_key = _is_same_key(operation, _digest_key(key))
        change = update(idempotency_key).where(same_key).values(result_id=result_id)
        await execute(session, change)
        return result_id
    first_result_id: UUID = earlier_row.result_id
    return first_result_id


async def claim_key(
    session: AsyncSession, operation: str, key: str, request_content: bytes
) -> bytes | None:
    """The sealed answer of the request that had this key first; None where it is this one.

    Raises `RuleViolation` (`idempotency.key_reused`) where that was another request. A concurrent
    retry waits for the outcome of the first.
    """
    earlier_row = await _claim(session, operation, key, request_content)
    if earlier_row is None:
        return None
    sealed_answer: bytes = earlier_row.sealed_answer
    return sealed_answer


async def keep_answer(
    session: AsyncSession, operation: str, key: str, sealed_answer: bytes
) -> None:
    """Keeps the answer to the request that has claimed the key."""
    same_key = _is_same_key(operation, _digest_key(key))
    change = update(idempotency_key).where(same_key).values(sealed_answer=sealed_answer)
    await execute(session, change)


async def _claim(
    session: AsyncSession, operation: str, key: str, request_content: bytes
) -> Row[Any] | None:
    """The row of the same request that came first; None where this is the first."""
    fingerprint = hmac.digest(key.encode(), request_content, "sha256")  # opens no request by trying
    table, key_digest = idempotency_key, _digest_key(key)
    entry = insert(table).values(operation=operation, key=key_digest, fingerprint=fingerprint)
    claim = entry.on_conflict_do_nothing().returning(table.c.key)
    if (await execute(session, claim)).first() is not None:
        return None
    query = select(table).where(_is_same_key(operation, key_digest))
    earlier_row = (await execute(session, query)).one()
    if earlier_row.fingerprint != fingerprint:
        raise RuleViolation(
            "idempotency.key_reused",
            "This Idempotency-Key was used with another request. Use a new key for a new request.",
            field="#header/Idempotency-Key",
        )
    return earlier_row


def _digest_key(key: str) -> bytes:
    """What is kept of a key: another digest than the one that seals the answer."""
    return hashlib.sha256(f"attesta idempotency {key}".encode()).digest()


def _is_same_key(operation: str, key_digest: bytes) -> ColumnElement[bool]:
    table = idempotency_key
    return (table.c.operation == operation) & (table.c.key == key_digest)


async def delete_expired_keys(database: Database, settings: Settings) -> None:
    """Deletes keys older than the settings keep them; a retry after that creates again."""
    retention = func.make_interval(0, 0, 0, settings.idempotency_key_days)
    is_expired = idempotency_key.c.created_at < func.clock_timestamp() - retention
    async with database.transaction() as session:
        await execute(session, delete(idempotency_key).where(is_expired))
