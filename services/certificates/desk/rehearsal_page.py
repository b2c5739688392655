"""The rehearsal of a day as a page: how much would be told, and about whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.desk.rendering import SITE, build_path
from services.certificates.validity.load import DayLoad, count_day_loads
from services.certificates.validity.rehearsal import (
    Rehearsal,
    RehearsedGroup,
    RehearsedRowFilter,
    list_rehearsed_rows,
    rehearse_scan,
)
from shared.locale.translator import Translator
from shared.pages.charts import BarChart, ChartValue, build_bar_chart
from shared.pages.forms import FormError, FormState, read_day, read_fields
from shared.pages.operations.filters import parse_day
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import get_translator
from shared.web.dependencies import Today
from shared.web.resources import get_resources

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """A rehearsal with one page of its groups, or of the certificates of the chosen `group`."""

    rehearsal: Rehearsal
    page: RowPage
    groups: Sequence[RehearsedGroup]
    group: RehearsedGroup | None
    rows: Sequence[Row[Any]]


@router.get("/operations/rehearsal")
async def show_rehearsal(request: Request, today: Today) -> Response:
    """What the scan of the day in the address would do; without one, today's."""
    t, fields = get_translator(request), read_fields(request.query_params)
    day_text = read_day(fields, "on") or today.isoformat()
    day = parse_day(day_text)
    errors = _find_faults(t, day, today)
    view = None
    if day is not None and not errors:
        view = await _read_view(request, day)
    chart = None
    if view is not None and view.group is None:
        chart = await _read_load_chart(request, today)
    query = {"on": day_text}
    if view is not None and view.group is not None:
        query |= {"qualification": str(view.group.qualification_id)}
        query |= {"days": str(view.group.threshold_days)}
    return SITE.render_page(
        request,
        "rehearsal.html",
        422 if errors else 200,
        form=FormState({**fields, "on": day_text}, errors),
        day=day,
        today=today,
        view=view,
        chart=chart,
        pages=view
        and view.page.build_links(
            t, build_path(request, "/rehearsal"), query, len(view.rows) or len(view.groups)
        ),
    )


async def _read_load_chart(request: Request, today: date) -> BarChart | None:
    """What the days to come will bring, those that bring something; each leads to its rehearsal."""

    async def read_loads(session: AsyncSession) -> Mapping[date, DayLoad]:
        return await count_day_loads(session, today)

    t, loads = (
        get_translator(request),
        await read_panel(get_resources(request).database, read_loads),
    )
    if loads is None:
        return None
    return build_bar_chart(
        t("rehearsal.load"),
        t("rehearsal.load.day"),
        t("rehearsal.count"),
        [
            ChartValue(
                t.format_short_day(day), load.total, build_path(request, f"/rehearsal?on={day}")
            )
            for day, load in loads.items()
            if load.total
        ],
    )


def _find_faults(t: Translator, day: date | None, today: date) -> list[FormError]:
    if day is None:
        return [FormError("on", t("ledger.fault.day"))]
    return [FormError("on", t("rehearsal.past"))] if day < today else []


async def _read_view(request: Request, day: date) -> RehearsalView | None:
    query = request.query_params
    page_text = query.get("page", "")

    async def read_view(session: AsyncSession) -> RehearsalView:
        rehearsal = await rehearse_scan(session, day)
        group = _find_group(rehearsal, query.get("qualification", ""), query.get("days", ""))
        if group is None:
            page = RowPage.choose(page_text, len(rehearsal.groups))
            groups = rehearsal.groups[page.offset : page.offset + PAGE_SIZE]
            return RehearsalView(rehearsal, page, groups, None, [])
        page = RowPage.choose(page_text, group.group_size)
        row_filter = RehearsedRowFilter(group.threshold_days, group.qualification_id)
        rows = await list_rehearsed_rows(session, day, row_filter, PAGE_SIZE, offset=page.offset)
        return RehearsalView(rehearsal, page, [], group, rows)

    return await read_panel(get_resources(request).database, read_view)


def _find_group(rehearsal: Rehearsal, qualification: str, days: str) -> RehearsedGroup | None:
    """The group that the address names; None where it names none of this day."""
    try:
        qualification_id = UUID(qualification)
    except ValueError:
        return None
    return next(
        (
            group
            for group in rehearsal.groups
            if group.qualification_id == qualification_id and str(group.threshold_days) == days
        ),
        None,
    )
