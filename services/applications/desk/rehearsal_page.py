"""The rehearsal of letters as a page: how many would go by which channel, and about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.dependencies import ServiceSettings
from services.applications.desk.rendering import OPERATIONS_SITE
from services.applications.letters.rehearsal import (
    LetterRehearsal,
    RehearsedChannel,
    RehearsedLetterFilter,
    RehearsedLetters,
    list_rehearsed_letters,
    rehearse_letters,
)
from services.applications.settings import ApplicationsSettings
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormState, read_day, read_fields
from shared.pages.operations.filters import parse_day, read_filters
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import page_language
from shared.web.dependencies import Today
from shared.web.resources import get_resources

PATH = "/operations/applications/rehearsal"
CHOICES = {"channel": frozenset(RehearsedChannel)}

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class LettersView:
    """A rehearsal with one page of its groups, or of the letters that the address chooses."""

    rehearsal: LetterRehearsal
    page: RowPage
    groups: Sequence[RehearsedLetters]
    rows: Sequence[Row[Any]]


@router.get(PATH)
async def show_letter_rehearsal(
    request: Request, today: Today, settings: ServiceSettings
) -> Response:
    """Which letters would be planned on the day in the address; without one, today."""
    t = get_resources(request).languages[page_language(request)]
    day_text = read_day(read_fields(request.query_params), "on") or today.isoformat()
    day = parse_day(day_text)
    filters = read_filters(request, ("channel", "centre", "council"), CHOICES)
    errors = _find_faults(t, day, today)
    view = None
    if day is not None and not errors:
        view = await _read_view(request, settings, day, filters)
    path, query = f"/{page_language(request)}{PATH}", {"on": day_text, **filters}
    return OPERATIONS_SITE.render_page(
        request,
        "letter_rehearsal.html",
        422 if errors else 200,
        form=FormState({**read_fields(request.query_params), "on": day_text}, errors),
        day=day,
        today=today,
        filters=filters,
        channels=list(RehearsedChannel),
        view=view,
        pages=view and view.page.build_links(t, path, query, len(view.rows) or len(view.groups)),
    )


def _find_faults(t: Translator, day: date | None, today: date) -> list[FormError]:
    if day is None:
        return [FormError("on", t("mail.fault.day"))]
    return [FormError("on", t("letter_rehearsal.past"))] if day < today else []


async def _read_view(
    request: Request, settings: ApplicationsSettings, day: date, filters: dict[str, str]
) -> LettersView | None:
    page_text = request.query_params.get("page", "")
    letter_filter = RehearsedLetterFilter(
        filters.get("centre"),
        filters.get("council"),
        RehearsedChannel(filters["channel"]) if "channel" in filters else None,
    )

    async def read_view(session: AsyncSession) -> LettersView:
        rehearsal = await rehearse_letters(session, settings, day)
        if not filters:
            page = RowPage.choose(page_text, len(rehearsal.groups))
            groups = rehearsal.groups[page.offset : page.offset + PAGE_SIZE]
            return LettersView(rehearsal, page, groups, [])
        page = RowPage.choose(page_text, letter_filter.count_letters(rehearsal))
        rows = await list_rehearsed_letters(
            session, settings, day, letter_filter, PAGE_SIZE, offset=page.offset
        )
        return LettersView(rehearsal, page, [], rows)

    return await read_panel(get_resources(request).database, read_view)
