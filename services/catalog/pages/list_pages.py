"""The list of qualifications with its search, and the one box that looks for everything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.catalog.pages.area_names import area_name
from services.catalog.pages.forms import (
    MAX_TEXT_LENGTH,
    SearchFields,
    SearchQuestion,
    has_day_parts,
    read_search,
)
from services.catalog.pages.number_shapes import find_number_address
from services.catalog.pages.rendering import render_page
from services.catalog.qualification.answers import summary_answer
from services.catalog.search.queries import (
    count_versions,
    list_filter_choices,
    list_versions_from,
)
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormState, read_fields
from shared.pages.preferences import page_language
from shared.web.dependencies import ReadOnlyTransaction, Today
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

PAGE_SIZE = 25
FILTERS = ("level", "area", "standard", "council", "on")

router = APIRouter(dependencies=[Depends(PUBLIC_PAGE)])


@dataclass(frozen=True, slots=True)
class ListPage:
    """Which rows of a list a page shows, counted from 1, and the pages beside it."""

    first: int
    last: int
    total: int
    previous_href: str | None
    next_href: str | None


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is set, in its language, and the address of the list without it."""

    label: str
    href: str
    language: str


@router.get("/qualifications")
async def show_list(request: Request, session: ReadOnlyTransaction, today: Today) -> Response:
    """The list of qualifications in force on a day, and its search."""
    fields = read_fields(request.query_params)
    question = read_search(fields)
    if question.faults:
        return await _render_faults(request, session, question, today)
    if has_day_parts(request.query_params):
        query = question.fields.to_query()
        return RedirectResponse(f"{request.url.path}{query}", status_code=303)
    return await _render_list(request, session, question, today)


@router.get("/find")
async def redirect_to_match(
    request: Request, session: ReadOnlyTransaction, today: Today
) -> Response:
    """Leads to the case, the certificate or the one qualification that is looked for.

    Everything else is looked for among the qualifications.
    """
    base = f"/{page_language(request)}"
    text = " ".join(request.query_params.get("q", "").split())[:MAX_TEXT_LENGTH]
    if not text:
        return RedirectResponse(f"{base}/qualifications", status_code=303)
    address = find_number_address(text)
    if address is None:
        version_filter = SearchFields(text=text).to_version_filter(today)
        dated_versions = await list_versions_from(session, version_filter, 0, 2)
        if len(dated_versions) == 1:
            address = f"/qualifications/{dated_versions[0].row.qualification_id}"
        else:
            address = f"/qualifications?{urlencode({'text': text})}"
    return RedirectResponse(f"{base}{address}", status_code=303)


async def _render_list(
    request: Request, session: AsyncSession, question: SearchQuestion, today: date
) -> HTMLResponse:
    version_filter = question.fields.to_version_filter(today)
    total = await count_versions(session, version_filter)
    last_page = max(1, -(-total // PAGE_SIZE))
    number = min(question.page, last_page)
    dated_versions = await list_versions_from(
        session, version_filter, (number - 1) * PAGE_SIZE, PAGE_SIZE
    )
    t = get_resources(request).languages[page_language(request)]
    return render_page(
        request,
        "list.html",
        fields=question.fields,
        form=FormState(question.fields.to_values()),
        day=question.fields.on or today,
        items=[summary_answer(dated_version, today) for dated_version in dated_versions],
        choices=await list_filter_choices(session, question.fields.on or today),
        chips=_build_chips(question.fields, t),
        page=_build_list_page(question.fields, number, last_page, total),
        is_indexed=not question.fields.to_values(),
    )


async def _render_faults(
    request: Request, session: AsyncSession, question: SearchQuestion, today: date
) -> HTMLResponse:
    """The form as it was filled, with what is wrong; nothing was looked for."""
    t = get_resources(request).languages[page_language(request)]
    errors = [FormError(fault.field, t(f"fault.{fault}")) for fault in question.faults]
    return render_page(
        request,
        "list.html",
        422,
        fields=question.fields,
        form=FormState(read_fields(request.query_params), errors),
        items=None,
        choices=await list_filter_choices(session, today),
        chips=[],
        page=None,
    )


def _build_list_page(fields: SearchFields, number: int, last_page: int, total: int) -> ListPage:
    def page_href(page_number: int) -> str:
        return fields.to_query(page=str(page_number)) if page_number > 1 else fields.to_query()

    return ListPage(
        first=(number - 1) * PAGE_SIZE + 1,
        last=min(number * PAGE_SIZE, total),
        total=total,
        previous_href=(page_href(number - 1) or "?") if number > 1 else None,
        next_href=page_href(number + 1) if number < last_page else None,
    )


def _build_chips(fields: SearchFields, t: Translator) -> Sequence[FilterChip]:
    """The filters that are set, in words."""
    values = fields.to_values()
    labels = {
        "level": lambda: t("level", value=fields.level),
        "area": lambda: area_name(t, str(fields.area)),
        "standard": lambda: t("standard.code", code=fields.standard),
        "council": lambda: str(fields.council),
        "on": lambda: t("on.day", day=t.format_day(fields.on)) if fields.on else "",
    }
    return [
        FilterChip(
            labels[name](),
            fields.without(name).to_query() or "?",
            FIRST_LANGUAGE if name == "council" else t.language,
        )
        for name in FILTERS
        if name in values
    ]
