"""Ledgers of notices under schedulers that are killed."""

import random
from collections.abc import Mapping, Sequence

from shared.db import Database
from tests.certificates.approvals import rows
from tests.conditions import eventually
from tests.faults.killable_processes import KillableProcesses
from tests.faults.notice_arithmetic import LedgerFact, LedgerKey


async def kill_at_progress(
    database: Database,
    schedulers: KillableProcesses,
    sizes: Sequence[int],
    chance: random.Random,
) -> None:
    """Kills one of two schedulers each time that the ledger has grown to the next size."""
    for size in sizes:

        async def has_grown(size: int = size) -> bool:
            (row,) = await rows(database, "SELECT count(*) AS count FROM validity_notice")
            return bool(row.count >= size)

        await eventually(has_grown, f"{size} notices", 120)
        schedulers.kill(chance.randrange(2))


async def assert_ledger(
    database: Database, expected_ledger: Mapping[LedgerKey, LedgerFact]
) -> None:
    """The ledger has these notices and no others, and each that was published has its event."""
    ledger = await rows(
        database,
        "SELECT number, threshold_days, due_on, reason, event_id FROM validity_notice "
        "JOIN certificate ON id = certificate_id",
    )
    assert len(ledger) == len(expected_ledger)
    assert {(row[0], row[1]): (row[2], row[3]) for row in ledger} == expected_ledger
    published_query = "SELECT event_id FROM outbox WHERE topic = 'certificates.certificate'"
    published_rows = await rows(database, published_query)
    assert len(published_rows) == len({row.event_id for row in published_rows})
    assert {row.event_id for row in published_rows} == {
        row.event_id for row in ledger if row.reason is None
    }
