"""The page of work: the cases of one tab, with counts of all, search, status, pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.policy import may_reach
from services.applications.application.case_number import parse_case_number
from services.applications.application.queries import get_application_by_number
from services.applications.application.status import ACTS_NEXT, Status
from services.applications.desk.queries import (
    COUNT_LIMIT,
    CaseRow,
    CaseSelection,
    count_cases,
    get_nearest_limits,
    get_qualification_names,
    list_cases,
)
from services.applications.desk.rendering import SITE, STAFF_SCOPES, Staff
from services.applications.desk.tabs import QueueTab, list_tabs
from services.applications.limits.answers import build_limit_answer
from shared.errors import NotFound
from shared.pages.preferences import page_language
from shared.person_names import shorten_person_name
from shared.principal import Principal
from shared.web.dependencies import ReadOnlyTransaction, Today

PAGE_SIZE = 25
SEARCH_LENGTH = 100
"""Characters of a search that are looked at: no name or number is longer than its beginning."""

router = APIRouter()


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """What the page's address asks for; `page` counts from 1, a blank `search` is none.

    An address is typed, kept and sent: what it names wrongly counts as not named.
    """

    tab: QueueTab | None
    search: str
    status: Status | None
    page: int

    @classmethod
    def parse(cls, tabs: Sequence[QueueTab], request: Request) -> "QueueAddress":
        """The address of this request, for somebody who has these tabs."""
        query = request.query_params
        tab_name, status_text, page_text = query.get("tab"), query.get("status"), query.get("page")
        tab = next((tab for tab in tabs if tab.name == tab_name), None)
        is_number = page_text is not None and page_text.isascii() and page_text.isdecimal()
        return cls(
            tab=tab,
            search=" ".join(query.get("q", "")[:SEARCH_LENGTH].split()),
            status=next((status for status in Status if status == status_text), None),
            page=max(1, int(page_text[:6])) if page_text is not None and is_number else 1,
        )

    def build_link(self, path: str) -> str:
        """The link to this address, on the page at this path."""
        members = {
            "tab": self.tab.name if self.tab else "",
            "q": self.search,
            "status": self.status or "",
            "page": str(self.page) if self.page > 1 else "",
        }
        query = urlencode({name: value for name, value in members.items() if value})
        return f"{path}?{query}" if query else path


@router.get("/work")
async def show_work(
    request: Request, caller: Staff, session: ReadOnlyTransaction, today: Today
) -> Response:
    """The cases that a person works on, in tabs; the number of a case leads to it at once."""
    tabs = list_tabs(caller)
    address = QueueAddress.parse(tabs, request)
    if await _leads_to_case(session, caller, address.search):
        number = parse_case_number(address.search)
        return RedirectResponse(f"/{page_language(request)}/cases/{number}", status_code=303)
    if not tabs:
        return SITE.render_page(request, "queue.html", hats=[], tab=None)
    page = await _load_page(session, CaseReader(caller, today), tabs, address)
    path = f"/{page_language(request)}/work"
    return SITE.render_page(
        request,
        "queue.html",
        hats=_build_hats(page, path),
        tab=page.address.tab,
        search=page.address.search,
        selected_status=page.address.status,
        chips=_build_chips(page.address, path),
        rows=page.rows,
        pages=_build_pages(page, path),
        count_limit=COUNT_LIMIT,
        other_tab=_find_other_tab(page, path),
    )


async def _leads_to_case(session: AsyncSession, caller: Principal, search: str) -> bool:
    """Whether the search is the number of a case that the caller may open."""
    number = parse_case_number(search)
    if number is None:
        return False
    try:
        application = await get_application_by_number(session, number)
    except NotFound:
        return False
    return any(may_reach(caller, scope, application) for scope in STAFF_SCOPES)


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Who reads the page, and on which civil day."""

    principal: Principal
    today: date

    def select_cases(self, tab: QueueTab, address: QueueAddress) -> CaseSelection:
        """The cases of a tab that the address's search finds."""
        return CaseSelection(tab, self.principal, self.today, address.search)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a tab: its rows, the count of each tab, and how many cases are in it in all."""

    address: QueueAddress
    tab_counts: Sequence[tuple[QueueTab, int]]
    total: int
    rows: Sequence[dict[str, Any]]

    @property
    def first_index(self) -> int:
        """The place of the page's first row in the list, counted from 0."""
        return (self.address.page - 1) * PAGE_SIZE


async def _load_page(
    session: AsyncSession, reader: CaseReader, tabs: Sequence[QueueTab], address: QueueAddress
) -> QueuePage:
    """The page that the address asks for, or the nearest there is: a tab with cases, a last page.

    A status that the tab does not have is none.
    """
    selections = [reader.select_cases(tab, address) for tab in tabs]
    if address.tab is not None and address.status in address.tab.statuses:
        own_selection = reader.select_cases(address.tab, address)
        selections.append(replace(own_selection, status=address.status))
    counts = await count_cases(session, selections)
    tab_counts = list(zip(tabs, counts, strict=False))
    tab = address.tab or next((tab for tab, count in tab_counts if count), tabs[0])
    has_status = len(counts) > len(tabs)
    total = counts[-1] if has_status else dict(tab_counts)[tab]
    page_count = max(1, -(-min(total, COUNT_LIMIT) // PAGE_SIZE))
    address = replace(
        address,
        tab=tab,
        status=address.status if has_status else None,
        page=min(address.page, page_count),
    )
    selection = replace(reader.select_cases(tab, address), status=address.status)
    rows = await _list_rows(session, selection, (address.page - 1) * PAGE_SIZE)
    return QueuePage(address, tab_counts, total, rows)


async def _list_rows(
    session: AsyncSession, selection: CaseSelection, offset: int
) -> list[dict[str, Any]]:
    """The rows of one page as the template shows them."""
    cases = await list_cases(session, selection, offset, PAGE_SIZE)
    limits = await get_nearest_limits(
        session, [case.id for case in cases], selection.tab.responsible
    )
    names = await get_qualification_names(
        session, {(case.qualification_id, case.qualification_version) for case in cases}
    )

    def build_row(case: CaseRow) -> dict[str, Any]:
        limit = limits.get(case.id)
        acts_next = ACTS_NEXT.get(case.status)
        return {
            "number": case.number,
            "person": shorten_person_name(case.family_name, case.given_name, case.patronymic),
            "qualification": names[case.qualification_id, case.qualification_version],
            "status": case.status,
            "turn": None if acts_next == selection.tab.responsible else acts_next,
            "limit": limit and build_limit_answer(limit, selection.today),
            "closed_on": case.closed_on,
            "leader": case.reviewer,
        }

    return [build_row(case) for case in cases]


def _build_hats(page: QueuePage, path: str) -> list[dict[str, Any]]:
    """The tabs in groups, one for each hat that the person wears."""
    hats: dict[str, list[dict[str, Any]]] = {}
    for tab, count in page.tab_counts:
        tab_address = QueueAddress(tab, page.address.search, None, 1)
        hats.setdefault(tab.scope.name.lower(), []).append(
            {
                "name": tab.name,
                "count": count,
                "href": tab_address.build_link(path),
                "current": tab == page.address.tab,
            }
        )
    return [{"name": name, "tabs": tabs} for name, tabs in hats.items()]


def _build_chips(address: QueueAddress, path: str) -> dict[str, str]:
    """The links that take back the search and the status, where they narrow the list."""
    chips = {}
    if address.search:
        chips["search"] = replace(address, search="", page=1).build_link(path)
    if address.status is not None:
        chips["status"] = replace(address, status=None, page=1).build_link(path)
    return chips


def _build_pages(page: QueuePage, path: str) -> dict[str, Any]:
    """The place of the page in the list, with the links to those beside it."""
    address, last_index = page.address, page.first_index + len(page.rows)
    has_next = last_index < min(page.total, COUNT_LIMIT)
    return {
        "first": page.first_index + 1,
        "last": last_index,
        "total": page.total,
        "previous_href": replace(address, page=address.page - 1).build_link(path)
        if address.page > 1
        else None,
        "next_href": replace(address, page=address.page + 1).build_link(path) if has_next else None,
    }


def _find_other_tab(page: QueuePage, path: str) -> dict[str, str] | None:
    """Where to go on from an empty tab: the first one that has cases."""
    for tab, count in page.tab_counts:
        if count and tab != page.address.tab:
            href = QueueAddress(tab, page.address.search, None, 1).build_link(path)
            return {"name": tab.name, "href": href}
    return None
