"""The scheduler: `python -m services.certificates.scheduler`. Safe to run twice.

APScheduler says when; the certificates themselves say what is due, so a scan that comes late, twice
or on two machines finds the same.
"""

import time

from services.certificates.operations import notices
from services.certificates.settings import CertificatesSettings
from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.process import Job, repeatedly, run_jobs

log = logs.logger(__name__)


async def scan(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Gives all notices that are due, one transaction a batch; how many certificates it saw to."""
    started, total = time.perf_counter(), 0
    while True:
        async with database.transaction() as session:
            seen = await notices.give_notices(session, clock.now(), settings)
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
            last = await notices.reconcile_batch(session, last, settings)
        if last is None:
            return


def jobs(database: Database, clock: Clock, settings: CertificatesSettings) -> dict[str, Job]:
    """The scheduler's one job: reconcile, then scan at the settings' interval, until it fails."""

    async def tick() -> None:
        await scan(database, clock, settings)

    async def schedule() -> None:
        await reconcile(database, settings)
        seconds = settings.certificates_scan_interval_seconds
        await repeatedly(tick, seconds, clock, settings)

    return {"scan": schedule}


if __name__ == "__main__":
    configured = CertificatesSettings()
    run_jobs(configured, "scheduler", lambda database, clock: jobs(database, clock, configured))
