"""Attempts are kept by civil days, and dropped by the day."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from services.certificates.settings import CertificatesSettings
from services.certificates.webhooks.upkeep import DAYS_AHEAD, maintain_attempts
from shared.db import Database, execute
from tests.certificates.approvals import rows
from tests.clock import ManualClock

_LIST_PARTITIONS = """
    SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid
    WHERE inhparent = 'delivery_attempt'::regclass ORDER BY relname
"""


async def store_attempt(database: Database, clock: ManualClock) -> None:
    statement = text(
        "INSERT INTO delivery_attempt (id, started_at, target_id, kind, trace_id) "
        "VALUES (:id, :at, :id, 'test', 'x')"
    )
    async with database.transaction() as session:
        await execute(session, statement, {"id": uuid4(), "at": clock.now()})


async def test_days_come_and_go(
    database: Database, clock: ManualClock, settings: CertificatesSettings
) -> None:
    await store_attempt(database, clock)  # before there are partitions
    for _ in range(2):
        await maintain_attempts(database, clock, settings)
    names = [row.relname for row in await rows(database, _LIST_PARTITIONS)]
    assert names == [
        "delivery_attempt_default",
        *(f"delivery_attempt_p202603{day:02}" for day in range(3, 3 + DAYS_AHEAD)),
    ], "today's row stands in the default partition already"
    clock.advance(days=1)
    await store_attempt(database, clock)
    clock.advance(days=settings.webhook_attempt_days)
    await maintain_attempts(database, clock, settings)
    assert len(await rows(database, "SELECT id FROM delivery_attempt")) == 1, "the older one went"
    clock.instant += timedelta(days=1)
    await maintain_attempts(database, clock, settings)
    assert await rows(database, "SELECT id FROM delivery_attempt") == []
    names = [row.relname for row in await rows(database, _LIST_PARTITIONS)]
    assert "delivery_attempt_p20260303" not in names
