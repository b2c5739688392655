"""Figures of a service that lead to their rows: each is counted by itself, and may fail alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from fastapi import Request
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import civil_date
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.job_views import JobView, build_job_views, count_troubles
from shared.job_states.set_aside import count_set_aside
from shared.job_states.states import list_job_states
from shared.locale.translator import Translator
from shared.messaging.dead_letter_views import count_open_dead_letters
from shared.messaging.gauges import measure_outbox
from shared.messaging.lag import list_topic_lags
from shared.messaging.parked_events import count_parked
from shared.pages.operations.panels import read_panel
from shared.pages.operations.row_pages import say_count
from shared.pages.preferences import page_language
from shared.web.resources import get_resources


@dataclass(frozen=True, slots=True)
class FigureContext:
    """In whose words and at which moment figures are read."""

    t: Translator
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Figure:
    """A count of rows, and what else is to be told of them in words; blank for nothing."""

    count: int
    note: str = ""


ReadFigure: TypeAlias = Callable[[AsyncSession, FigureContext], Awaitable[Figure]]
"""Counts rows over an index, up to a limit."""


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure of the message `operations.tile.<name>`.

    `path` is the address of its rows, below that of operations.
    """

    name: str
    path: str
    read: ReadFigure


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure as pages show it; `figure` is None where the database did not tell it."""

    name: str
    href: str
    figure: str | None
    note: str


def count_only(count: Callable[[AsyncSession], Awaitable[int]]) -> ReadFigure:
    """The figure of a count of which nothing else is told."""

    async def read_figure(session: AsyncSession, _: FigureContext) -> Figure:
        return Figure(await count(session))

    return read_figure


class ServiceFigures:
    """The figures of one service: its own, and those that every service has.

    `job_intervals` are those of its scheduler, in seconds. Only who consumes events has a lag, and
    dead letters.
    """

    def __init__(
        self,
        service: str,
        job_intervals: Mapping[str, float],
        own_sources: Sequence[FigureSource] = (),
        *,
        is_consumer: bool,
    ) -> None:
        self.service = service
        self.is_consumer = is_consumer
        self._intervals = {**UPKEEP_INTERVALS, **job_intervals}
        own_path = f"/{service}"
        self._sources = [
            *own_sources,
            FigureSource("jobs", f"{own_path}#jobs", self._read_jobs),
            FigureSource("set_aside", f"{own_path}/set-aside", count_only(count_set_aside)),
            FigureSource("outbox", f"{own_path}#outbox", _read_outbox),
            FigureSource("parked", f"{own_path}/parked-events", count_only(count_parked)),
        ]
        if is_consumer:
            letters = count_only(count_open_dead_letters)
            self._sources += [
                FigureSource("lag", f"{own_path}#lag", _read_lag),
                FigureSource("letters", f"{own_path}/dead-letters", letters),
            ]

    async def read_tiles(self, request: Request) -> list[Tile]:
        """All figures, each in a transaction of its own."""
        resources = get_resources(request)
        language, now = page_language(request), resources.clock.now()
        today = civil_date(now, resources.settings.time_zone)
        context = FigureContext(resources.languages[language], now, today)

        async def read_tile(source: FigureSource) -> Tile:
            async def read_figure(session: AsyncSession) -> Figure:
                return await source.read(session, context)

            figure = await read_panel(resources.operators_database, read_figure)
            href = f"/{language}/operations{source.path}"
            if figure is None:
                return Tile(source.name, href, None, "")
            return Tile(source.name, href, say_count(context.t, figure.count), figure.note)

        return await asyncio.gather(*map(read_tile, self._sources))

    async def list_jobs(self, session: AsyncSession, now: datetime) -> list[JobView]:
        """The service's jobs, those in trouble first."""
        return build_job_views(self._intervals, await list_job_states(session), now)

    async def _read_jobs(self, session: AsyncSession, context: FigureContext) -> Figure:
        return Figure(count_troubles(await self.list_jobs(session, context.now)))


async def _read_outbox(session: AsyncSession, context: FigureContext) -> Figure:
    unpublished, seconds = await measure_outbox(session)
    return Figure(
        unpublished, say_oldest(context.t, timedelta(seconds=seconds)) if unpublished else ""
    )


async def _read_lag(session: AsyncSession, context: FigureContext) -> Figure:
    lags = await list_topic_lags(session)
    t, silent = context.t, any(lag.is_stale for lag in lags)
    return Figure(sum(lag.records for lag in lags), t("operations.lag.stale") if silent else "")


def say_oldest(t: Translator, age: timedelta) -> str:
    """For how long the oldest has waited, in minutes begun: a page is not new each second."""
    minutes = max(-(-age // timedelta(minutes=1)), 1)
    return t("operations.oldest", age=t.format_duration(timedelta(minutes=minutes)))
