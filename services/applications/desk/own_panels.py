"""What operations see of applications alone: limits of law by centre, letters, their routes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.desk.rendering import OPERATIONS_SITE
from services.applications.letters.ledger import (
    count_failed_letters,
    count_given_up_letters,
    list_mail_routes,
    measure_due_letters,
)
from services.applications.limits.pressing import (
    CentreLimits,
    PressingLimits,
    count_limits_by_centre,
)
from services.applications.limits.rules import LimitState
from shared.clock import civil_date
from shared.pages.operations.figures import (
    Figure,
    FigureContext,
    FigureSource,
    ReadFigure,
    count_only,
    say_oldest,
)
from shared.pages.operations.panels import read_panel
from shared.pages.operations.row_pages import PAGE_SIZE
from shared.pages.operations.service_pages import OwnPanels
from shared.web.resources import get_resources


def _count_limits(state: LimitState) -> ReadFigure:
    async def read_figure(session: AsyncSession, context: FigureContext) -> Figure:
        return Figure(await PressingLimits(context.today, state).count(session))

    return read_figure


async def _read_due_letters(session: AsyncSession, context: FigureContext) -> Figure:
    letters = await measure_due_letters(session, context.now)
    if letters.oldest_at is None:
        return Figure(letters.count)
    return Figure(letters.count, say_oldest(context.t, context.now - letters.oldest_at))


APPLICATIONS_FIGURES = (
    FigureSource("limits_late", "/applications/limits?state=late", _count_limits(LimitState.LATE)),
    FigureSource(
        "limits_at_risk", "/applications/limits?state=at_risk", _count_limits(LimitState.AT_RISK)
    ),
    FigureSource("letters_due", "/applications/letters?due=yes", _read_due_letters),
    FigureSource(
        "letters_failed", "/applications/letters?state=failed", count_only(count_failed_letters)
    ),
    FigureSource(
        "letters_given_up",
        "/applications/letters?state=given_up",
        count_only(count_given_up_letters),
    ),
)
"""The figures of applications, besides those of every service."""


async def _read_panels(request: Request) -> Mapping[str, Any]:
    """The limits by centre, and the routes of letters; None for what the database did not tell."""
    resources = get_resources(request)
    now: datetime = resources.clock.now()
    today = civil_date(now, resources.settings.time_zone)

    async def read_centres(session: AsyncSession) -> Sequence[CentreLimits]:
        return await count_limits_by_centre(session, today, PAGE_SIZE)

    async def read_routes(session: AsyncSession) -> Sequence[Row[Any]]:
        return await list_mail_routes(session)

    return {
        "now": now,
        "centres": await read_panel(resources.operators_database, read_centres),
        "routes": await read_panel(resources.operators_database, read_routes),
    }


OWN_PANELS = OwnPanels(OPERATIONS_SITE, "applications_service.html", _read_panels)
"""What stands on the service's page besides what every service has."""
