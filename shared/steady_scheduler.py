"""APScheduler by the loop's clock: the wall clock may be set, and no round is late or doubled."""

import asyncio
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from shared.clock import SystemClock

STEP_SECONDS = 1.0
"""What the wall clock differs by from the loop's is a step from so much on; below, it is slewed."""


class SteadyScheduler(AsyncIOScheduler):  # type: ignore[misc]  # APScheduler is untyped
    """A scheduler whose jobs are due by monotonic time.

    APScheduler keeps the instants at which jobs are due by the wall clock. Set back, it would wait
    until that has caught up; set forward, it would walk through all rounds that it believes missed.
    It wakes by the loop's clock, though: at each waking a step of the wall clock is looked for, and
    what is due moves with it.
    """

    def __init__(self) -> None:
        super().__init__(timezone=UTC)
        self._offset = _measure_offset()

    def wakeup(self) -> None:
        """Looks for what is due, after the wall clock was set, too."""
        self._follow_clock()
        super().wakeup()

    def run_after(self, job: str, seconds: float) -> None:
        """Lets the job's next round begin after so many seconds."""
        self._follow_clock()
        self.modify_job(job, next_run_time=SystemClock().now() + timedelta(seconds=seconds))

    def _follow_clock(self) -> None:
        offset = _measure_offset()
        step = offset - self._offset
        if abs(step) < timedelta(seconds=STEP_SECONDS):
            return
        self._offset = offset  # before jobs are modified, each of which wakes the scheduler
        for job in self.get_jobs():
            if job.next_run_time is not None:
                self.modify_job(job.id, next_run_time=job.next_run_time + step)


def _measure_offset() -> timedelta:
    """The wall clock's instant at which the loop's clock stood at zero, since the epoch."""
    now = SystemClock().now() - datetime.fromtimestamp(0, UTC)
    return now - timedelta(seconds=asyncio.get_running_loop().time())
