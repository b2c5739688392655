"""The overview of operations: what is late, stuck or set aside, and what will expire."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.desk.rendering import SITE, build_path, get_translator
from services.certificates.registry.queries import (
    count_unacknowledged_entries,
    count_unsequenced_entries,
)
from services.certificates.validity.expiries import (
    CHART_DAYS,
    WEEK_DAYS,
    ExpiryChart,
    read_expiry_chart,
)
from services.certificates.validity.queries import CertificateList
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.set_aside import count_set_aside
from shared.job_states.states import list_job_states
from shared.locale.translator import Translator
from shared.messaging.dead_letters import count_open_dead_letters
from shared.messaging.gauges import measure_outbox
from shared.pages.charts import BarChart, ChartValue, build_bar_chart
from shared.pages.operations.job_views import build_job_views, count_troubles
from shared.pages.operations.panels import OPERATIONS_GUARD, answer_if_changed, read_panel
from shared.pages.operations.row_pages import say_count
from shared.web.dependencies import Now, Today
from shared.web.resources import get_resources

FigureQuery: TypeAlias = Callable[[AsyncSession], Awaitable[tuple[int, str]]]
"""Counts rows, and says in words what else is to be told of them; blank for nothing."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that leads to its rows; `figure` is None where the database did not tell it.

    `name` is the message `operations.tile.<name>`, `note` what else is told.
    """

    name: str
    href: str
    figure: str | None
    note: str


@dataclass(frozen=True, slots=True)
class OverviewReader:
    """Reads the figures of the overview, at a moment, for a reader of this language."""

    t: Translator
    now: datetime
    today: date
    job_intervals: Mapping[str, float]

    def list_figures(self) -> dict[str, tuple[str, FigureQuery]]:
        """The path of each figure's rows, and its query, by the name of the tile."""
        return {
            "due": ("/due", self._read_due),
            "jobs": ("/certificates#jobs", self._read_jobs),
            "set_aside": ("/certificates/set-aside", _without_note(count_set_aside)),
            "outbox": ("/certificates#outbox", self._read_outbox),
            "letters": ("/certificates/dead-letters", _without_note(count_open_dead_letters)),
            "unsequenced": ("/registry#unsequenced", _without_note(count_unsequenced_entries)),
            "receipts": ("/registry", _without_note(count_unacknowledged_entries)),
        }

    async def _read_due(self, session: AsyncSession) -> tuple[int, str]:
        certificates = CertificateList.of_due(self.today)
        oldest_rows = await certificates.load_rows(session, 0, 1)
        if not oldest_rows:
            return 0, ""
        t, day = self.t, self.t.format_day(oldest_rows[0].next_notice_on)
        return await certificates.count(session), t("operations.oldest_due", day=day)

    async def _read_jobs(self, session: AsyncSession) -> tuple[int, str]:
        states = await list_job_states(session)
        return count_troubles(build_job_views(self.job_intervals, states, self.now)), ""

    async def _read_outbox(self, session: AsyncSession) -> tuple[int, str]:
        unpublished, seconds = await measure_outbox(session)
        t, age = self.t, self.t.format_duration(timedelta(seconds=round(seconds)))
        return unpublished, t("operations.oldest", age=age) if unpublished else ""


def _without_note(count: Callable[[AsyncSession], Awaitable[int]]) -> FigureQuery:
    async def read_figure(session: AsyncSession) -> tuple[int, str]:
        return await count(session), ""

    return read_figure


class OverviewPage:
    """The first page of operations; `job_intervals` are those of the service, in seconds."""

    def __init__(self, job_intervals: Mapping[str, float]) -> None:
        self._job_intervals = {**UPKEEP_INTERVALS, **job_intervals}

    def build_router(self) -> APIRouter:
        """The route below a language."""
        router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])
        router.get("/operations")(self.show_overview)
        return router

    async def show_overview(self, request: Request, now: Now, today: Today) -> Response:
        """Figures that lead to their rows, and the expiries of the next year by week."""
        database, t = get_resources(request).database, get_translator(request)

        figures = OverviewReader(t, now, today, self._job_intervals).list_figures()
        expiries, answers = await asyncio.gather(
            read_panel(database, read_expiry_chart),
            asyncio.gather(*(read_panel(database, query) for _, query in figures.values())),
        )
        tiles = [
            _build_tile(t, name, build_path(request, path), answer)
            for (name, (path, _)), answer in zip(figures.items(), answers, strict=True)
        ]
        chart = None if expiries is None else _build_chart(request, expiries, today)
        counted_at = expiries.counted_at if expiries else None
        page = SITE.render_page(
            request, "overview.html", tiles=tiles, chart=chart, counted_at=counted_at
        )
        return answer_if_changed(request, page)


def _build_tile(t: Translator, name: str, href: str, answer: tuple[int, str] | None) -> Tile:
    if answer is None:
        return Tile(name, href, None, "")
    count, note = answer
    return Tile(name, href, say_count(t, count), note)


def _build_chart(request: Request, expiries: ExpiryChart, today: date) -> BarChart:
    """A bar for each week of a year, also where nothing ends; each leads to its certificates."""
    t = get_translator(request)
    first_monday = today - timedelta(days=today.weekday())
    mondays = [first_monday + timedelta(days=day) for day in range(0, CHART_DAYS + 1, WEEK_DAYS)]
    return build_bar_chart(
        t("operations.weeks"),
        t("operations.weeks.monday"),
        t("operations.weeks.count"),
        [
            ChartValue(
                t.format_short_day(monday),
                expiries.live_by_week.get(monday, 0),
                build_path(request, f"/expiring?week={monday}"),
            )
            for monday in mondays
        ],
    )
