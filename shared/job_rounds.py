"""The rounds of a scheduler's job: each with a limit of time, and with an end that shows."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import Counter

from shared import logs
from shared.clock import Clock
from shared.db import Database
from shared.duties import Duty, perform_round
from shared.job_states.states import record_failure, record_success
from shared.metrics.deadlines import MISSED_ROUNDS
from shared.metrics.registry import PROCESS_REGISTRY
from shared.settings import Settings
from shared.steady_scheduler import SteadyScheduler
from shared.tracing import continue_trace

log = logs.get_logger(__name__)

JOB_ROUNDS = Counter(
    "attesta_job_rounds",
    "Rounds of this process's jobs, by how they ended; broken_off: after the limit of their time",
    ["job", "outcome"],
    registry=PROCESS_REGISTRY,
)
FIRST_PAUSE_SECONDS = 0.5
"""After a failure the next round begins after so long, then twice as long each time."""
END_SECONDS = 10.0
"""A round that is broken off has so long to end before it counts as hanging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """What a scheduler does again and again.

    `run` is one round, to its end; `count_backlog` says how much is left to do after it. A round is
    broken off after `limit_seconds`; None: after those of the settings.
    """

    run: Callable[[], Awaitable[object]]
    every_seconds: float
    count_backlog: Callable[[], Awaitable[int]] | None = None
    limit_seconds: float | None = None


class JobRounds:
    """The rounds of one job: each has a limit of time, and leaves its end in the job's state."""

    def __init__(
        self, name: str, job: ScheduledJob, database: Database, clock: Clock, settings: Settings
    ) -> None:
        self._name, self._job = name, job
        self._database, self._clock, self._settings = database, clock, settings
        self._pause = FIRST_PAUSE_SECONDS
        self._hanging_round: asyncio.Task[None] | None = None
        for outcome in ("succeeded", "failed", "broken_off"):
            JOB_ROUNDS.labels(name, outcome)

    async def run(self, scheduler: SteadyScheduler) -> None:
        """Runs one round; after a failure the next one comes sooner than at the interval."""
        with perform_round(self._name) as duty:
            await self._run_noted(scheduler, duty)

    async def _run_noted(self, scheduler: SteadyScheduler, duty: Duty) -> None:
        try:
            await self._run_within_limit()
        except Exception as error:
            cause = find_first_cause(error)
            duty.note_failure(type(cause).__name__)
            await self._record_failure(cause)
            scheduler.run_after(self._name, self._pause)
            self._pause = min(self._pause * 2, self._job.every_seconds)
        else:
            duty.note_success()
            JOB_ROUNDS.labels(self._name, "succeeded").inc()
            self._pause = FIRST_PAUSE_SECONDS

    async def _run_within_limit(self) -> None:
        """One round; raises `TimeoutError` when it is broken off, or hangs all the same.

        While one that hangs does not end, no other begins.
        """
        if self._hanging_round is not None and not self._hanging_round.done():
            raise TimeoutError
        limit = self._job.limit_seconds or self._settings.job_limit_seconds
        job_round = asyncio.create_task(self._run_round())
        try:
            await asyncio.wait([job_round], timeout=limit)
            if job_round.done():
                return await job_round
            job_round.cancel()
            _, hanging = await asyncio.wait([job_round], timeout=END_SECONDS)
            self._hanging_round = job_round if hanging else None
            raise TimeoutError
        finally:
            job_round.cancel()

    async def _run_round(self) -> None:
        """One round with its end; what it logs and publishes belongs to one trace."""
        with continue_trace(None, {}, f"job {self._name}"):
            await self._job.run()
        backlog = await self._job.count_backlog() if self._job.count_backlog else 0
        async with self._database.transaction() as session:
            await record_success(
                session, self._name, self._job.every_seconds, backlog, self._clock.now()
            )

    async def _record_failure(self, cause: BaseException) -> None:
        outcome = "failed"
        if isinstance(cause, TimeoutError):
            outcome = "broken_off"
            MISSED_ROUNDS.inc()
        JOB_ROUNDS.labels(self._name, outcome).inc()
        log.warning("job.failed", job=self._name, error=type(cause).__name__, exc_info=cause)
        try:
            async with (
                asyncio.timeout(self._settings.statement_timeout_seconds),
                self._database.transaction() as session,
            ):
                await record_failure(
                    session,
                    self._name,
                    self._job.every_seconds,
                    type(cause).__name__,
                    self._clock.now(),
                )
        except Exception as error:  # the database may be what fails
            log.warning("job.state_unrecorded", job=self._name, error=type(error).__name__)


def find_first_cause(error: BaseException) -> BaseException:
    """The first failure that is no group of others."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
