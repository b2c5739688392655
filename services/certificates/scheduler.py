"""The scheduler: `python -m services.certificates.scheduler`. Safe to run twice.

APScheduler says when to look; the certificates themselves say what is due, so a scan that comes
late, twice or on two machines records the same notices.
"""

import time

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance.statement import erase_names
from services.certificates.registry.feed import append_missing_entries
from services.certificates.registry.manifest import seal_days
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.operations import record_due_notices, reschedule_notices
from services.certificates.verification.jobs import delete_old_jobs
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.jobs import WorkerJob, repeat, run_jobs

SCHEDULER_ACTOR = "scheduler"

log = logs.get_logger(__name__)


def _context(
    session: AsyncSession, clock: Clock, settings: CertificatesSettings
) -> CertificatesContext:
    """The context of a command that the scheduler runs now."""
    return command_context(session, clock.now(), settings, SCHEDULER_ACTOR)


async def scan_due_notices(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Records all due notices, in batches; returns how many certificates it visited."""
    started_at = time.perf_counter()

    async def record_batch(session: AsyncSession) -> int:
        return await record_due_notices(_context(session, clock, settings))

    total = await database.run_in_batches(record_batch)
    if total:
        seconds = round(time.perf_counter() - started_at, 3)
        log.info("scan.done", certificates=total, seconds=seconds)
    return total


async def reschedule_all_notices(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> None:
    """Recomputes every certificate's next notice date from the thresholds of the settings."""
    last_id = None
    while True:
        async with database.transaction() as session:
            last_id = await reschedule_notices(_context(session, clock, settings), last_id)
        if last_id is None:
            return


async def erase_statement_names(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> int:
    """Erases the names on statements whose term is over, in batches; returns how many."""

    async def erase_batch(session: AsyncSession) -> int:
        return await erase_names(_context(session, clock, settings))

    total = await database.run_in_batches(erase_batch)
    if total:
        log.info("statements.erased", count=total)
    return total


async def append_missing_feed_entries(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> int:
    """Appends feed entries for certificates that have none; returns how many."""

    async def append_batch(session: AsyncSession) -> int:
        return await append_missing_entries(_context(session, clock, settings))

    return await database.run_in_batches(append_batch)


def scheduler_jobs(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> dict[str, WorkerJob]:
    """The scheduler's one job: reschedule all notices, then a round at the settings' interval.

    A round records the notices that are due, erases the names on statements whose term is over,
    seals the feed's days that are over, and deletes old jobs of verification.
    """

    async def run_round() -> None:
        await scan_due_notices(database, clock, settings)
        await erase_statement_names(database, clock, settings)
        await seal_days(database, clock, settings)
        async with database.transaction() as session:
            await delete_old_jobs(_context(session, clock, settings))

    async def run_schedule() -> None:
        await reschedule_all_notices(database, clock, settings)
        await append_missing_feed_entries(database, clock, settings)
        seconds = settings.scan_interval_seconds
        await repeat(run_round, seconds, clock, settings)

    return {"scan": run_schedule}


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    run_jobs(
        process_settings,
        "scheduler",
        lambda database, clock: scheduler_jobs(database, clock, process_settings),
    )
