"""The page of operations about portals' addresses that events do not reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.desk.rendering import SITE, build_path
from services.certificates.webhooks.troubles import (
    count_troubled_endpoints,
    list_troubled_endpoints,
)
from services.certificates.webhooks.words import STATE_FAMILIES, say_failure
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import get_translator
from shared.web.resources import get_resources

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class EndpointRows:
    """One page of addresses that do not get their events."""

    page: RowPage
    rows: Sequence[Row[Any]]


@router.get("/operations/endpoints")
async def show_endpoints(request: Request) -> Response:
    """Addresses that fail, or were paused or disabled, those that have failed for longest first."""

    async def read_rows(session: AsyncSession) -> EndpointRows:
        total = await count_troubled_endpoints(session)
        page = RowPage.choose(request.query_params.get("page", ""), total)
        return EndpointRows(page, await list_troubled_endpoints(session, page.offset, PAGE_SIZE))

    view = await read_panel(get_resources(request).database, read_rows)
    path = build_path(request, "/endpoints")
    return SITE.render_page(
        request,
        "endpoints.html",
        state_families=STATE_FAMILIES,
        say_failure=say_failure,
        view=view,
        pages=view and view.page.build_links(get_translator(request), path, {}, len(view.rows)),
    )
