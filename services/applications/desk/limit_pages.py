"""The limits of law that press, for operations: at risk or late, of all centres or of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.desk.rendering import OPERATIONS_SITE
from services.applications.limits.answers import build_limit_answer
from services.applications.limits.pressing import PRESSING_STATES, PressingLimits
from services.applications.limits.rules import LimitState
from services.applications.limits.schemas import ListedLimitAnswer
from shared.locale.translator import Translator
from shared.pages.operations.filters import build_chips, read_filters
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.preferences import page_language
from shared.web.dependencies import Today
from shared.web.resources import get_resources

PATH = "/operations/applications/limits"

router = APIRouter(dependencies=[Depends(OPERATIONS_GUARD)])


@dataclass(frozen=True, slots=True)
class LimitsView:
    """One page of the limits that press."""

    page: RowPage
    rows: Sequence[ListedLimitAnswer]


@router.get(PATH)
async def show_limits(request: Request, today: Today) -> Response:
    """The limits that the address's filters leave, the nearest last day first."""
    t = get_resources(request).languages[page_language(request)]
    choices = {"state": frozenset(PRESSING_STATES)}
    fields = read_filters(request, ("state", "centre"), choices)
    state = LimitState(fields["state"]) if "state" in fields else None
    limits = PressingLimits(today, state, fields.get("centre"))

    async def read_limits(session: AsyncSession) -> LimitsView:
        page = RowPage.choose(request.query_params.get("page", ""), await limits.count(session))
        rows = [
            ListedLimitAnswer(
                **build_limit_answer(row, today).model_dump(),
                application_id=row.application_id,
                case_number=case_number,
                centre_number=row.centre_number,
            )
            for row, case_number in await limits.load_rows(session, page.offset, PAGE_SIZE)
        ]
        return LimitsView(page, rows)

    view = await read_panel(get_resources(request).database, read_limits)
    path = f"/{page_language(request)}{PATH}"
    return OPERATIONS_SITE.render_page(
        request,
        "limits.html",
        view=view,
        chips=build_chips(path, fields, partial(_say_filter, t)),
        pages=view and view.page.build_links(t, path, fields, len(view.rows)),
    )


def _say_filter(t: Translator, name: str, text: str) -> str:
    if name == "state":
        return t(f"limits.state.{text}")
    return t("limits.chip.centre", centre=text)
