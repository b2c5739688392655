"""The scheduler of the applications service: `python -m services.applications.scheduler`.

It tells of limits of law that are at risk or broken, erases files whose term has ended, and seals
identity documents anew after a change of keys. APScheduler says when; the rows themselves say what
is due, so a scan that comes late, twice or on two machines finds the same.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.documents.store import DocumentStore
from services.applications.limits import operations
from services.applications.retention import operations as retention_operations
from services.applications.settings import ApplicationsSettings
from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.jobs import Job, repeatedly, run_jobs

log = logs.logger(__name__)


async def tell_limits(database: Database, clock: Clock, settings: ApplicationsSettings) -> int:
    """Tells everything that is due, a transaction a batch; how many limits it saw to."""

    async def batch(session: AsyncSession) -> int:
        return await operations.tell_due(session, clock.now(), settings)

    total = await database.in_batches(batch)
    if total:
        log.info("limits.told", limits=total)
    return total


async def erase_files(
    database: Database, store: DocumentStore, clock: Clock, settings: ApplicationsSettings
) -> int:
    """Erases every file whose term has ended, a transaction each; how many.

    Documents are removed from the store first, then the rows that name them: whoever dies between
    leaves rows that the next scan finds.
    """
    total = 0
    while True:
        async with database.transaction() as session:
            application = await retention_operations.due(session, clock.now(), settings)
            if application is None:
                break
            keys = await store.keys(f"{application.id}/")
            for key in keys:
                await store.delete(key)
            act = await retention_operations.erase(
                session, application, keys, clock.now(), settings
            )
        log.info("file.erased", application_id=str(application.id), act=act.act_number)
        total += 1
    return total


async def seal_anew(database: Database, settings: ApplicationsSettings) -> int:
    """Seals under the current key what stands under an older one; how many rows."""

    async def batch(session: AsyncSession) -> int:
        return await retention_operations.seal_anew(session, settings.keyring, settings.scan_batch)

    total = await database.in_batches(batch)
    if total:
        log.info("keys.rotated", rows=total)
    return total


def jobs(database: Database, clock: Clock, settings: ApplicationsSettings) -> dict[str, Job]:
    """The scheduler's one job: all three, at the settings' interval, until something fails."""
    store = DocumentStore.open(settings.documents_url)

    async def scan() -> None:
        await tell_limits(database, clock, settings)
        await erase_files(database, store, clock, settings)
        await seal_anew(database, settings)

    async def schedule() -> None:
        await repeatedly(scan, settings.scan_interval_seconds, clock, settings)

    return {"scan": schedule}


if __name__ == "__main__":
    configured = ApplicationsSettings()
    run_jobs(configured, "scheduler", lambda database, clock: jobs(database, clock, configured))
