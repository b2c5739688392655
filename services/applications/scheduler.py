"""The scheduler of the applications service: `python -m services.applications.scheduler`.

It reports time limits that are at risk or broken, sends letters to holders and digests to offices,
erases files whose term of keeping has ended and looks at the store again after that, deletes old
drafts of forms and what letters' links open no more, and reseals identity documents and drafts
after a change of keys. The rows themselves say what is due, so a round that runs late, twice or on
two machines does the same.
Each duty is a job of its own: none waits for another, and one row that cannot be handled holds up
nobody.
"""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

import services.applications.models  # noqa: F401 - all tables: keys lead from room to room
from services.applications.digests.operations import count_due_digests
from services.applications.digests.sending import DIGESTS_JOB, DigestSender
from services.applications.documents.store import DocumentStore
from services.applications.drafts.operations import delete_expired_drafts, reseal_drafts
from services.applications.letters.queries import count_due_letters
from services.applications.letters.sending import LETTERS_JOB, LetterSender
from services.applications.letters.tokens import delete_ended_tokens
from services.applications.limits.operations import report_due_limits, report_limit
from services.applications.limits.queries import (
    LIMITS_JOB,
    count_reportable_limits,
    find_reportable_limit,
)
from services.applications.retention.operations import (
    ERASURE_JOB,
    RETENTION_ACTOR,
    count_expired_files,
    erase_file,
    find_expired_file,
    lock_expired_file,
    reseal_batch,
)
from services.applications.retention.sweeping import (
    SWEEP_JOB,
    count_unswept_files,
    delete_documents,
    sweep_erased_files,
)
from services.applications.settings import ApplicationsContext, ApplicationsSettings
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.job_rounds import ScheduledJob
from shared.job_states.rows import RowDuty, handle_due_rows
from shared.jobs import WorkerJob, build_schedule, run_jobs

log = logs.get_logger(__name__)

SCHEDULER_ACTOR = "scheduler"


async def report_limits(database: Database, clock: Clock, settings: ApplicationsSettings) -> int:
    """Reports every limit that is due, a transaction a batch; the number of limits."""

    def build_context(session: AsyncSession) -> ApplicationsContext:
        return command_context(session, clock.now(), settings, SCHEDULER_ACTOR)

    async def report_batch(session: AsyncSession, limit: int) -> int:
        return await report_due_limits(build_context(session), limit)

    async def report_row(session: AsyncSession, subject: str) -> int:
        return await report_limit(build_context(session), int(subject))

    async def find_first(session: AsyncSession) -> int | None:
        return await find_reportable_limit(session, build_context(session).today)

    duty = RowDuty(
        job=LIMITS_JOB,
        batch_rows=settings.scan_batch,
        handle_batch=report_batch,
        handle_row=report_row,
        find_first=find_first,
    )
    total = await handle_due_rows(database, clock, duty)
    if total:
        log.info("limits.reported", limits=total)
    return total


async def erase_expired_files(
    database: Database, store: DocumentStore, clock: Clock, settings: ApplicationsSettings
) -> int:
    """Erases every file whose term has ended, a transaction each; the number of files.

    Documents are deleted from the store first, then the rows that name them: a process that
    dies between leaves rows that the next round finds.
    """

    def build_context(session: AsyncSession) -> ApplicationsContext:
        return command_context(session, clock.now(), settings, RETENTION_ACTOR)

    async def erase_next(session: AsyncSession, application_id: UUID | None = None) -> int:
        context = build_context(session)
        application = await lock_expired_file(context, application_id)
        if application is None:
            return 0
        keys = await delete_documents(store, application.id)
        act = await erase_file(context, application, keys)
        log.info("file.erased", application_id=str(application.id), act=act.act_number)
        return 1

    async def erase_batch(session: AsyncSession, _: int) -> int:
        return await erase_next(session)

    async def erase_row(session: AsyncSession, subject: str) -> int:
        return await erase_next(session, UUID(subject))

    async def find_first(session: AsyncSession) -> UUID | None:
        return await find_expired_file(build_context(session))

    duty = RowDuty(
        job=ERASURE_JOB,
        batch_rows=1,
        handle_batch=erase_batch,
        handle_row=erase_row,
        find_first=find_first,
    )
    return await handle_due_rows(database, clock, duty)


async def delete_drafts(database: Database, clock: Clock, settings: ApplicationsSettings) -> int:
    """Deletes what was kept of forms and of letters' links long enough; the number of rows."""
    async with database.transaction() as session:
        context = command_context(session, clock.now(), settings, RETENTION_ACTOR)
        return await delete_expired_drafts(context) + await delete_ended_tokens(context)


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


class Duties:
    """The rounds of the scheduler's jobs, on one database and one store."""

    def __init__(self, database: Database, clock: Clock, settings: ApplicationsSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._store = DocumentStore.open_configured(settings)
        relay = settings.build_relay()
        self._sender = LetterSender(database, clock, settings, relay)
        self._digest_sender = DigestSender(database, clock, settings, relay)

    async def report_limits(self) -> int:
        """Reports limits; returns how many."""
        return await report_limits(self._database, self._clock, self._settings)

    async def count_limits(self) -> int:
        """How many limits still wait for their report."""
        async with self._database.read_only_transaction() as session:
            return await count_reportable_limits(session, self._build_context(session).today)

    async def erase_files(self) -> int:
        """Erases files; returns how many."""
        return await erase_expired_files(self._database, self._store, self._clock, self._settings)

    async def count_files(self) -> int:
        """How many files still wait for their erasure."""
        async with self._database.read_only_transaction() as session:
            return await count_expired_files(self._build_context(session))

    async def sweep_files(self) -> int:
        """Looks at the store again after erasures; returns at how many files."""
        return await sweep_erased_files(self._database, self._store, self._clock, self._settings)

    async def count_unswept_files(self) -> int:
        """How many erased files are yet to be looked at again."""
        async with self._database.read_only_transaction() as session:
            return await count_unswept_files(session, self._clock, self._settings)

    async def send_letters(self) -> int:
        """Sends letters; returns how many tries there were."""
        return await self._sender.send_due_letters()

    async def count_letters(self) -> int:
        """How many letters still wait for a try."""
        async with self._database.read_only_transaction() as session:
            return await count_due_letters(session, self._clock.now())

    async def send_digests(self) -> int:
        """Sends digests to offices; returns how many were due."""
        return await self._digest_sender.send_due_digests()

    async def count_digests(self) -> int:
        """How many digests still wait for a try."""
        async with self._database.read_only_transaction() as session:
            return await count_due_digests(session, self._clock.now())

    async def delete_drafts(self) -> int:
        """Deletes old drafts; returns how many."""
        return await delete_drafts(self._database, self._clock, self._settings)

    async def reseal_rows(self) -> int:
        """Reseals what an older key has sealed; returns how many rows."""
        return await reseal_rows(self._database, self._settings)

    def _build_context(self, session: AsyncSession) -> ApplicationsContext:
        return command_context(session, self._clock.now(), self._settings, SCHEDULER_ACTOR)


def scheduler_jobs(
    database: Database, clock: Clock, settings: ApplicationsSettings
) -> dict[str, WorkerJob]:
    """The scheduler's jobs, each at the settings' interval; one that fails stops no other."""
    duties = Duties(database, clock, settings)
    interval = settings.scan_interval_seconds
    jobs = {
        LIMITS_JOB: ScheduledJob(
            run=duties.report_limits, every_seconds=interval, count_backlog=duties.count_limits
        ),
        ERASURE_JOB: ScheduledJob(
            run=duties.erase_files, every_seconds=interval, count_backlog=duties.count_files
        ),
        SWEEP_JOB: ScheduledJob(
            run=duties.sweep_files, every_seconds=interval, count_backlog=duties.count_unswept_files
        ),
        LETTERS_JOB: ScheduledJob(
            run=duties.send_letters, every_seconds=interval, count_backlog=duties.count_letters
        ),
        DIGESTS_JOB: ScheduledJob(
            run=duties.send_digests, every_seconds=interval, count_backlog=duties.count_digests
        ),
        "draft-clean-up": ScheduledJob(run=duties.delete_drafts, every_seconds=interval),
        "resealing": ScheduledJob(run=duties.reseal_rows, every_seconds=interval),
    }
    return build_schedule(jobs, database, clock, settings)


def run_scheduler(settings: ApplicationsSettings) -> None:
    """Runs the scheduler's jobs until the process is told to stop."""
    run_jobs(
        settings, "scheduler", lambda database, clock: scheduler_jobs(database, clock, settings)
    )


if __name__ == "__main__":
    run_scheduler(ApplicationsSettings())
