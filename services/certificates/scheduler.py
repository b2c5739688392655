"""The scheduler: `python -m services.certificates.scheduler`. Safe to run twice.

APScheduler says when to look; the rows themselves say what is due, so a round that comes late,
twice or on two machines does the same. Each duty is a job of its own: none waits for another.
"""

from collections.abc import Awaitable, Callable

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.issuance.statement import erase_names
from services.certificates.registry.first_load import FIRST_LOAD_JOB, count_backlog, load_feed
from services.certificates.registry.manifest import seal_days
from services.certificates.renewal.assignment import count_renewal_tasks
from services.certificates.renewal.capacity import RENEWAL_JOB
from services.certificates.renewal.rounds import settle_windows
from services.certificates.rosters import upkeep as rosters_upkeep
from services.certificates.rosters.digests import SEAL_JOB, seal_rosters
from services.certificates.rosters.partitions import maintain_partitions
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.expiries import EXPIRY_WEEKS_JOB, count_expiries
from services.certificates.validity.gauges import NOTICES_JOB
from services.certificates.validity.plan_changes import (
    apply_council_plans,
    count_plan_changes,
    follow_settings,
)
from services.certificates.validity.scan import count_due, scan_due_notices
from services.certificates.validity.walk_rounds import walk_certificates
from services.certificates.validity.walks import PLAN_JOB
from services.certificates.verification.jobs import delete_old_jobs
from services.certificates.webhooks.secrets import reseal_secrets
from services.certificates.webhooks.upkeep import (
    WEBHOOK_UPKEEP_JOB,
    delete_ended_endpoints,
    delete_old_checks,
    maintain_attempts,
)
from shared import logs
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.job_rounds import ScheduledJob
from shared.jobs import WorkerJob, build_schedule, run_jobs

SCHEDULER_ACTOR = "scheduler"

log = logs.get_logger(__name__)

BatchCommand = Callable[[CertificatesContext], Awaitable[int]]
"""A command that handles one batch; 0 when nothing was left."""


class Duties:
    """The rounds of the scheduler's jobs, on one database."""

    def __init__(self, database: Database, clock: Clock, settings: CertificatesSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings

    async def record_notices(self) -> int:
        """Records all notices that are due; returns how many certificates were visited."""
        return await scan_due_notices(self._database, self._clock, self._settings)

    async def count_due_notices(self) -> int:
        """How many certificates still wait for a notice that is due."""
        async with self._database.read_only_transaction() as session:
            return await count_due(self._build_context(session))

    async def follow_plan(self) -> int:
        """Follows the settings and the councils to the end; how many plans and certificates."""
        total = 0
        while True:
            async with self._database.transaction() as session:
                await follow_settings(self._build_context(session))
            count = await self._run_once(apply_council_plans) or await walk_certificates(
                self._database, self._clock, self._settings
            )
            if not count:
                return total
            total += count

    async def count_plan_changes(self) -> int:
        """How many plans of councils and walks are left."""
        async with self._database.read_only_transaction() as session:
            return await count_plan_changes(session)

    async def give_windows(self) -> int:
        """Gives windows of renewal to what ends in so many days; how many tasks and steps."""
        return await settle_windows(self._database, self._clock, self._settings)

    async def count_window_tasks(self) -> int:
        """How many changes of certificates have windows to be settled."""
        async with self._database.read_only_transaction() as session:
            return await count_renewal_tasks(self._build_context(session))

    async def count_expiries(self) -> None:
        """Counts live certificates by the week in which they end."""
        async with self._database.transaction() as session:
            await count_expiries(self._build_context(session))

    async def erase_statement_names(self) -> int:
        """Erases the names on statements whose term is over; returns how many."""
        return await self._run_batches(erase_names)

    async def load_feed(self) -> int:
        """Enters certificates that the feed does not tell of; returns how many were visited."""
        return await load_feed(self._database, self._clock, self._settings)

    async def count_feed_backlog(self) -> int:
        """How many certificates the feed does not tell of yet, up to a limit."""
        async with self._database.read_only_transaction() as session:
            return await count_backlog(session)

    async def seal_feed(self) -> None:
        """Seals the feed's days that are over."""
        await seal_days(self._database, self._clock, self._settings)

    async def seal_rosters(self) -> int:
        """Seals the days of rosters that are over; returns how many digests there were."""
        return await seal_rosters(self._database, self._clock, self._settings)

    async def end_enrolments(self) -> None:
        """Ends subscriptions and enrolments whose last day is over."""
        await self._run_batches(rosters_upkeep.end_subscriptions)
        await self._run_batches(rosters_upkeep.end_overdue_enrolments)
        await self._run_batches(rosters_upkeep.end_remaining_enrolments)

    async def maintain_roster_partitions(self) -> None:
        """Makes and drops the months of rosters' events."""
        await maintain_partitions(self._database, self._clock, self._settings)

    async def clean_rosters_up(self) -> None:
        """Erases the content of ended rosters, and deletes records kept long enough."""
        await self._run_batches(rosters_upkeep.erase_contents)
        await self._run_batches(rosters_upkeep.delete_old_records)

    async def maintain_webhooks(self) -> None:
        """Makes and drops the days of attempts; deletes old rows; seals secrets anew."""
        await maintain_attempts(self._database, self._clock, self._settings)
        await self._run_batches(delete_old_checks)
        await self._run_batches(delete_ended_endpoints)
        await self._run_batches(reseal_secrets)

    async def delete_verification_jobs(self) -> None:
        """Deletes old jobs of verification."""
        async with self._database.transaction() as session:
            await delete_old_jobs(self._build_context(session))

    def _build_context(self, session: AsyncSession) -> CertificatesContext:
        return command_context(session, self._clock.now(), self._settings, SCHEDULER_ACTOR)

    async def _run_once(self, command: BatchCommand) -> int:
        async with self._database.transaction() as session:
            return await command(self._build_context(session))

    async def _run_batches(self, command: BatchCommand) -> int:
        async def run_batch(session: AsyncSession) -> int:
            return await command(self._build_context(session))

        return await self._database.run_in_batches(run_batch)


def scheduler_jobs(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> dict[str, WorkerJob]:
    """The scheduler's jobs, each at the settings' interval; one that fails stops no other."""
    duties = Duties(database, clock, settings)
    rounds = {
        "statement-erasure": duties.erase_statement_names,
        "feed-seal": duties.seal_feed,
        SEAL_JOB: duties.seal_rosters,
        "roster-expiry": duties.end_enrolments,
        "roster-partitions": duties.maintain_roster_partitions,
        "roster-clean-up": duties.clean_rosters_up,
        WEBHOOK_UPKEEP_JOB: duties.maintain_webhooks,
        "verification-clean-up": duties.delete_verification_jobs,
    }
    interval = settings.scan_interval_seconds
    jobs = {name: ScheduledJob(run=run, every_seconds=interval) for name, run in rounds.items()}
    jobs[PLAN_JOB] = ScheduledJob(
        run=duties.follow_plan, every_seconds=interval, count_backlog=duties.count_plan_changes
    )
    jobs[NOTICES_JOB] = ScheduledJob(
        run=duties.record_notices, every_seconds=interval, count_backlog=duties.count_due_notices
    )
    jobs[RENEWAL_JOB] = ScheduledJob(
        run=duties.give_windows, every_seconds=interval, count_backlog=duties.count_window_tasks
    )
    jobs[FIRST_LOAD_JOB] = ScheduledJob(
        run=duties.load_feed, every_seconds=interval, count_backlog=duties.count_feed_backlog
    )
    jobs[EXPIRY_WEEKS_JOB] = ScheduledJob(
        run=duties.count_expiries, every_seconds=settings.expiry_weeks_interval_seconds
    )
    return build_schedule(jobs, database, clock, settings)


if __name__ == "__main__":
    process_settings = CertificatesSettings()
    run_jobs(
        process_settings,
        "scheduler",
        lambda database, clock: scheduler_jobs(database, clock, process_settings),
    )
