"""The scheduler: `python -m services.certificates.scheduler`. Safe to run twice.

APScheduler says when; the certificates themselves say what is due, so a scan that comes late, twice
or on two machines finds the same.
"""

import asyncio
import time

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from services.certificates import operations
from services.certificates.settings import CertificatesSettings
from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.process import Job, run_jobs

log = logs.logger(__name__)


async def scan(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Gives all notices that are due, one transaction a batch; how many certificates it saw to."""
    started, total = time.perf_counter(), 0
    while True:
        async with database.transaction() as session:
            seen = await operations.give_notices(session, clock.now(), settings)
        if not seen:
            break
        total += seen
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


def jobs(database: Database, clock: Clock, settings: CertificatesSettings) -> dict[str, Job]:
    """The scheduler's one job: reconcile, then scan at the settings' interval, until it fails."""

    async def schedule() -> None:
        await reconcile(database, settings)
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def tick() -> None:
            try:
                await scan(database, clock, settings)
            except Exception as error:
                if not broken.done():
                    broken.set_exception(error)

        scheduler = AsyncIOScheduler(timezone=settings.time_zone)
        scheduler.add_job(
            tick,
            IntervalTrigger(seconds=settings.certificates_scan_interval_seconds),
            id="scan",
            next_run_time=clock.now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        scheduler.start()
        try:
            await broken
        finally:
            scheduler.shutdown(wait=False)

    return {"scan": schedule}


if __name__ == "__main__":
    configured = CertificatesSettings()
    run_jobs(configured, "scheduler", lambda database, clock: jobs(database, clock, configured))
