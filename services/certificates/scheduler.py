"""The scheduler: `python -m services.certificates.scheduler`. Safe to run twice.

APScheduler says when; the certificates themselves say what is due, so a scan that comes late, twice
or on two machines finds the same.
"""

import time

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance import statement
from services.certificates.registry import feed, manifest
from services.certificates.settings import CertificatesSettings
from services.certificates.validity import operations
from services.certificates.verification import jobs as verification_jobs
from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.jobs import Job, repeatedly, run_jobs

log = logs.logger(__name__)


async def scan(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Gives all notices that are due, one transaction a batch; how many certificates it saw to."""
    started = time.perf_counter()

    async def batch(session: AsyncSession) -> int:
        return await operations.give_notices(session, clock.now(), settings)

    total = await database.in_batches(batch)
    if total:
        seconds = round(time.perf_counter() - started, 3)
        log.info("scan.done", certificates=total, seconds=seconds)
    return total


async def reconcile(database: Database, settings: CertificatesSettings) -> None:
    """Brings every certificate's next date into line with the thresholds of the settings."""
    last = None
    while True:
        async with database.transaction() as session:
            last = await operations.reconcile_batch(session, last, settings)
        if last is None:
            return


async def erase_statements(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Erases the names on statements whose term is over, a batch a transaction; how many."""

    async def batch(session: AsyncSession) -> int:
        return await statement.erase(session, clock.now(), settings)

    total = await database.in_batches(batch)
    if total:
        log.info("statements.erased", count=total)
    return total


async def tell_registry(database: Database, clock: Clock) -> int:
    """Enters into the feed the certificates that were issued before there was one; how many."""

    async def batch(session: AsyncSession) -> int:
        return await feed.enter_missing(session, clock.now())

    return await database.in_batches(batch)


def jobs(database: Database, clock: Clock, settings: CertificatesSettings) -> dict[str, Job]:
    """The scheduler's one job: reconcile, then the rounds at the settings' interval.

    A round gives the notices that are due, erases the names on statements whose term is over,
    seals the feed's days that are over, and removes old jobs of verification.
    """

    async def tick() -> None:
        await scan(database, clock, settings)
        await erase_statements(database, clock, settings)
        await manifest.seal(database, clock, settings)
        async with database.transaction() as session:
            await verification_jobs.forget(session, clock.now(), settings)

    async def schedule() -> None:
        await reconcile(database, settings)
        await tell_registry(database, clock)
        seconds = settings.certificates_scan_interval_seconds
        await repeatedly(tick, seconds, clock, settings)

    return {"scan": schedule}


if __name__ == "__main__":
    configured = CertificatesSettings()
    run_jobs(configured, "scheduler", lambda database, clock: jobs(database, clock, configured))
