"""Jobs of a scheduler: each by itself, with a limit of time, and a state that operations see."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import httpx
import pytest
from prometheus_client import Counter
from sqlalchemy import text

from services.catalog.settings import CatalogSettings
from shared import tracing
from shared.db import Database, execute
from shared.job_rounds import JOB_ROUNDS, ScheduledJob
from shared.job_states.set_aside import FIRST_PAUSE, LONGEST_PAUSE, set_row_aside
from shared.job_states.states import JobState, list_job_states
from shared.jobs import build_schedule
from shared.principal import Scope
from tests import tokens
from tests.clock import ManualClock
from tests.conditions import eventually
from tests.problems import assert_problem


@asynccontextmanager
async def _scheduling(
    jobs: Mapping[str, ScheduledJob],
    database: Database,
    clock: ManualClock,
    settings: CatalogSettings,
) -> AsyncIterator[None]:
    """The jobs run while the block does."""
    running = asyncio.ensure_future(build_schedule(jobs, database, clock, settings)["schedule"]())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _state_of(database: Database, job: str) -> JobState | None:
    async with database.read_only_transaction() as session:
        return {state.name: state for state in await list_job_states(session)}.get(job)


def _awaits(database: Database, job: str, condition: Callable[[JobState], Any]) -> Any:
    async def probe() -> JobState | None:
        state = await _state_of(database, job)
        return state if state is not None and condition(state) else None

    return probe


async def test_a_job_that_hangs_is_broken_off_recorded_and_begun_again(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    hasty = settings.model_copy(update={"job_limit_seconds": 0.2})
    begun_rounds = []

    async def hang_once() -> None:
        begun_rounds.append(1)
        if len(begun_rounds) == 1:
            async with database.transaction() as session:
                await execute(session, text("SELECT pg_sleep(60)"))

    async def succeed() -> None:
        return

    jobs = {
        "hanging": ScheduledJob(run=hang_once, every_seconds=3600),
        "other": ScheduledJob(run=succeed, every_seconds=3600),
    }
    async with _scheduling(jobs, database, clock, hasty):
        broken_off = _awaits(database, "hanging", lambda state: state.failure)
        assert (await eventually(broken_off, "the job is broken off")).failure == "TimeoutError"
        other_state = _awaits(database, "other", lambda state: state.last_success_at)
        await eventually(other_state, "the other job does not wait")
        again = _awaits(database, "hanging", lambda state: state.last_success_at)
        state = await eventually(again, "it is begun again long before its interval is over")
        assert (state.failure, state.every_seconds) == (None, 3600)


async def test_a_clock_that_is_set_back_stops_no_job(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    job = {"steady": ScheduledJob(run=lambda: asyncio.sleep(0), every_seconds=0.05)}
    async with _scheduling(job, database, clock, settings):
        first = await eventually(
            _awaits(database, "steady", lambda state: state.last_success_at), "a round"
        )
        assert first.last_success_at == clock.now()
        clock.instant -= timedelta(days=400)
        is_back = _awaits(database, "steady", lambda state: state.last_success_at == clock.now())
        await eventually(is_back, "a round by the clock as it is now")


@pytest.mark.parametrize("step", [timedelta(days=-400), timedelta(days=3650)])
async def test_a_wall_clock_that_is_set_neither_stops_nor_doubles_rounds(
    settings: CatalogSettings,
    database: Database,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    step: timedelta,
) -> None:
    wall = SteppedClock()
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", wall)
    monkeypatch.setattr("shared.steady_scheduler.SystemClock", lambda: wall)
    rounds, rare_rounds, failed_rounds = [], [], []

    async def count_round() -> None:
        rounds.append(1)

    async def count_rare_round() -> None:
        rare_rounds.append(1)

    async def step_and_fail() -> None:
        failed_rounds.append(1)
        if len(failed_rounds) == 1:
            wall.step = step
            raise ValueError

    jobs = {
        "steady": ScheduledJob(run=count_round, every_seconds=0.2),
        "rare": ScheduledJob(run=count_rare_round, every_seconds=3600),
        "failing": ScheduledJob(run=step_and_fail, every_seconds=3600),
    }
    started_at = time.monotonic()
    async with _scheduling(jobs, database, clock, settings):

        async def has_gone_on() -> bool:
            return len(rounds) > 5 and len(failed_rounds) > 1

        await eventually(has_gone_on, "rounds after the step, and the one after the failure")
        most_rounds = (time.monotonic() - started_at) / 0.2 + 1
    assert len(rounds) <= most_rounds
    assert len(rare_rounds) == 1


class SteppedClock:
    """The wall clock, as somebody has set it."""

    step = timedelta(0)

    def now(self, zone: tzinfo = UTC) -> datetime:
        """The instant that it shows."""
        return datetime.now(zone) + self.step


async def test_a_round_that_does_not_end_is_told_and_no_other_begins_beside_it(
    settings: CatalogSettings,
    database: Database,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.job_rounds.END_SECONDS", 0.1)
    begun_rounds, release = [], asyncio.Event()

    async def refuse_to_end() -> None:
        begun_rounds.append(1)
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await release.wait()

    job = ScheduledJob(run=refuse_to_end, every_seconds=0.1, limit_seconds=0.1)
    broken_off = JOB_ROUNDS.labels("stubborn", "broken_off")
    async with _scheduling({"stubborn": job}, database, clock, settings):

        async def is_counted() -> bool:
            return read_counter(broken_off) >= 3

        await eventually(is_counted, "each round that did not end or begin is counted")
        state = await _state_of(database, "stubborn")
        assert state is not None
        assert (state.failure, state.last_success_at) == ("TimeoutError", None)
        assert begun_rounds == [1]
        release.set()
        again = _awaits(database, "stubborn", lambda state: state.last_success_at)
        await eventually(again, "the next one begins when it has ended")


def read_counter(counter: Counter) -> float:
    return next(iter(counter.collect())).samples[0].value


async def test_the_rounds_of_a_job_are_a_trace_each(
    settings: CatalogSettings, database: Database, clock: ManualClock
) -> None:
    traces: list[tuple[str, str]] = []

    async def note_trace() -> None:
        current = [tracing.current_trace() for _ in range(2)]
        traces.append((current[0].trace_id, current[1].trace_id))

    async def has_two() -> bool:
        return len(traces) > 1

    jobs = {"traced": ScheduledJob(run=note_trace, every_seconds=0.05)}
    async with _scheduling(jobs, database, clock, settings):
        await eventually(has_two, "two rounds")
    assert all(first == second for first, second in traces)
    assert traces[0] != traces[1]


async def test_operations_see_jobs_and_what_they_set_aside_and_have_it_retried(
    client: httpx.AsyncClient, database: Database, clock: ManualClock, settings: CatalogSettings
) -> None:
    assert (await client.get("/ops/jobs")).json() == {"items": []}
    assert (await client.get("/ops/set-aside")).json() == {"items": [], "next": None}
    job = {
        "counted": ScheduledJob(
            run=lambda: asyncio.sleep(0), every_seconds=3600, count_backlog=_count_seven
        )
    }
    async with _scheduling(job, database, clock, settings):
        await eventually(_awaits(database, "counted", lambda state: state.backlog), "its state")
    now = "2026-03-02T09:00:00Z"
    assert (await client.get("/ops/jobs")).json()["items"] == [
        {
            "name": "counted",
            "every_seconds": 3600.0,
            "last_success_at": now,
            "last_failure_at": None,
            "failure": None,
            "backlog": 7,
        }
    ]
    async with database.transaction() as session:
        for subject in ("row-1", "row-2"):
            await set_row_aside(session, "counted", subject, "CheckViolation", clock.now())
    page = (await client.get("/ops/set-aside", params={"limit": 1})).json()
    assert page["items"] == [
        {
            "job": "counted",
            "subject": "row-1",
            "reason": "CheckViolation",
            "attempts": 1,
            "set_aside_at": now,
            "retry_at": "2026-03-02T09:05:00Z",
        }
    ]
    assert (await client.post("/ops/set-aside/counted/row-2/retry")).status_code == 204
    assert (await client.post("/ops/set-aside/counted/row-2/retry")).status_code == 204
    last_page = (await client.get("/ops/set-aside", params={"cursor": page["next"]})).json()
    assert [(row["subject"], row["retry_at"]) for row in last_page["items"]] == [("row-2", now)]
    assert last_page["next"] is None
    for path in ("counted/row-3", "unknown/row-1"):
        unknown = await client.post(f"/ops/set-aside/{path}/retry")
        assert_problem(unknown, 404, "set_aside.unknown")
    assert_problem(
        await client.get("/ops/set-aside", params={"limit": 201}), 422, "number.too_large"
    )
    long_path = f"/ops/set-aside/{'x' * 101}/row-1/retry"
    assert_problem(await client.post(long_path), 422, "text.too_long")


async def _count_seven() -> int:
    return 7


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ops/jobs"),
        ("GET", "/ops/set-aside"),
        ("POST", "/ops/set-aside/counted/row-1/retry"),
    ],
)
async def test_only_operations_see_jobs(client: httpx.AsyncClient, method: str, path: str) -> None:
    publisher = tokens.bearer(Scope.PUBLISH)
    assert_problem(await client.request(method, path, headers=publisher), 403, "auth.scope")
    stranger = await client.request(method, path, headers={"Authorization": ""})
    assert_problem(stranger, 401, "auth.missing")


async def test_attempts_are_counted_and_pauses_grow_to_a_day(
    database: Database, clock: ManualClock
) -> None:
    pauses = []
    for _ in range(12):
        async with database.transaction() as session:
            await set_row_aside(session, "growing", "row", "Error", clock.now())
            row = (await execute(session, text("SELECT * FROM set_aside"))).one()
            pauses.append(row.retry_at - clock.now())
    assert row.attempts == 12
    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
