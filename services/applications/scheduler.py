"""The scheduler of the applications service: `python -m services.applications.scheduler`.

It reports time limits that are at risk or broken, erases files whose term of keeping has ended,
deletes old drafts of forms, and reseals identity documents and drafts after a change of keys. The
rows themselves say what is due, so a scan that runs late, twice or on two machines does the same.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

import services.applications.models  # noqa: F401 - all tables: keys lead from room to room
from services.applications.documents.store import DocumentStore
from services.applications.drafts.operations import delete_expired_drafts, reseal_drafts
from services.applications.limits.operations import report_due_limits
from services.applications.retention.operations import (
    RETENTION_ACTOR,
    erase_file,
    next_expired_file,
    reseal_batch,
)
from services.applications.settings import ApplicationsSettings
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.jobs import WorkerJob, repeat, run_jobs

log = logs.get_logger(__name__)

SCHEDULER_ACTOR = "scheduler"


async def report_limits(database: Database, clock: Clock, settings: ApplicationsSettings) -> int:
    """Reports every limit that is due, a transaction a batch; the number of limits."""

    async def report_batch(session: AsyncSession) -> int:
        context = command_context(session, clock.now(), settings, SCHEDULER_ACTOR)
        return await report_due_limits(context)

    total = await database.run_in_batches(report_batch)
    if total:
        log.info("limits.reported", limits=total)
    return total


async def erase_expired_files(
    database: Database, store: DocumentStore, clock: Clock, settings: ApplicationsSettings
) -> int:
    """Erases every file whose term has ended, a transaction each; the number of files.

    Documents are deleted from the store first, then the rows that name them: a process that
    dies between leaves rows that the next scan finds.
    """
    total = 0
    while True:
        async with database.transaction() as session:
            context = command_context(session, clock.now(), settings, RETENTION_ACTOR)
            application = await next_expired_file(context)
            if application is None:
                break
            keys = await store.list_keys(f"{application.id}/")
            for key in keys:
                await store.delete(key)
            act = await erase_file(context, application, keys)
        log.info("file.erased", application_id=str(application.id), act=act.act_number)
        total += 1
    return total


async def delete_drafts(database: Database, clock: Clock, settings: ApplicationsSettings) -> int:
    """Deletes what was kept of forms long enough; the number of drafts."""
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, RETENTION_ACTOR)
        return await delete_expired_drafts(context)


async def reseal_rows(database: Database, settings: ApplicationsSettings) -> int:
    """Seals under the current key what is sealed under an older one; the number of rows."""

    async def reseal_next_batch(session: AsyncSession) -> int:
        keyring, batch_size = settings.keyring, settings.scan_batch
        documents = await reseal_batch(session, keyring, batch_size)
        return documents + await reseal_drafts(session, keyring, batch_size)

    total = await database.run_in_batches(reseal_next_batch)
    if total:
        log.info("keys.rotated", rows=total)
    return total


def scheduler_jobs(
    database: Database, clock: Clock, settings: ApplicationsSettings
) -> dict[str, WorkerJob]:
    """The scheduler's one job: all four scans, at the settings' interval, until one fails."""
    store = DocumentStore.open(settings.documents_url)

    async def run_scan() -> None:
        await report_limits(database, clock, settings)
        await erase_expired_files(database, store, clock, settings)
        await delete_drafts(database, clock, settings)
        await reseal_rows(database, settings)

    async def repeat_scan() -> None:
        await repeat(run_scan, settings.scan_interval_seconds, clock, settings)

    return {"scan": repeat_scan}


def run_scheduler(settings: ApplicationsSettings) -> None:
    """Runs the scheduler's job until the process is told to stop."""
    run_jobs(
        settings, "scheduler", lambda database, clock: scheduler_jobs(database, clock, settings)
    )


if __name__ == "__main__":
    run_scheduler(ApplicationsSettings())
