"""The rows behind the figures of the overview: certificates, and entries of the registry's feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access.dependencies import ServiceSettings
from services.certificates.desk.rendering import SITE, build_path
from services.certificates.registry.models import FeedEntry
from services.certificates.registry.queries import (
    count_unacknowledged_entries,
    list_unacknowledged_entries,
    list_unsequenced_entries,
)
from services.certificates.settings import REGISTRY_LIMIT
from services.certificates.validity.queries import CertificateList
from shared.clock import civil_date
from shared.pages.operations.filters import parse_day
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import get_translator
from shared.web.dependencies import Today
from shared.web.resources import get_resources

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class CertificateRows:
    """One page of a list of certificates."""

    page: RowPage
    rows: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class UnacknowledgedRow:
    """An entry that the registry has yet to enter, by the day that the law gives for it."""

    entry: FeedEntry
    due_on: date
    refusal: str


@dataclass(frozen=True, slots=True)
class RegistryRows:
    """One page of what the registry has not entered, and the first that it was not sent."""

    page: RowPage
    rows: Sequence[UnacknowledgedRow]
    unsequenced_entries: Sequence[FeedEntry]


@router.get("/operations/due")
async def show_due(request: Request, today: Today) -> Response:
    """Certificates whose notice is due and not recorded."""
    return await _render_certificates(request, "due", CertificateList.of_due(today), None)


@router.get("/operations/expiring")
async def show_expiring(request: Request, today: Today) -> Response:
    """Certificates that end in the week of the address's day; without one, in this week."""
    day = parse_day(request.query_params.get("week", "")) or today
    try:
        monday = day - timedelta(days=day.weekday())
        certificates = CertificateList.of_week(monday, today)
    except OverflowError:  # the calendar's first or last week
        monday = today - timedelta(days=today.weekday())
        certificates = CertificateList.of_week(monday, today)
    return await _render_certificates(request, "expiring", certificates, monday)


async def _render_certificates(
    request: Request, name: str, certificates: CertificateList, monday: date | None
) -> Response:
    async def read_rows(session: AsyncSession) -> CertificateRows:
        total = await certificates.count(session)
        page = RowPage.choose(request.query_params.get("page", ""), total)
        return CertificateRows(page, await certificates.load_rows(session, page.offset, PAGE_SIZE))

    view = await read_panel(get_resources(request).database, read_rows)
    query = {"week": monday.isoformat()} if monday else {}
    path = build_path(request, f"/{name}")
    return SITE.render_page(
        request,
        "certificates.html",
        list_name=name,
        monday=monday,
        view=view,
        pages=view and view.page.build_links(get_translator(request), path, query, len(view.rows)),
    )


@router.get("/operations/registry")
async def show_registry(request: Request, today: Today, settings: ServiceSettings) -> Response:
    """What the registry has not entered, the oldest first, and what it was not sent yet."""

    async def read_rows(session: AsyncSession) -> RegistryRows:
        total = await count_unacknowledged_entries(session)
        page = RowPage.choose(request.query_params.get("page", ""), total)
        entries = await list_unacknowledged_entries(session, 0, PAGE_SIZE, page.offset)
        rows = [
            UnacknowledgedRow(
                entry,
                settings.find_last_day(
                    REGISTRY_LIMIT, civil_date(entry.recorded_at, settings.time_zone)
                ),
                refusal or "",
            )
            for entry, refusal in entries
        ]
        return RegistryRows(page, rows, await list_unsequenced_entries(session, PAGE_SIZE))

    view = await read_panel(get_resources(request).database, read_rows)
    path = build_path(request, "/registry")
    return SITE.render_page(
        request,
        "registry.html",
        today=today,
        view=view,
        pages=view and view.page.build_links(get_translator(request), path, {}, len(view.rows)),
    )
