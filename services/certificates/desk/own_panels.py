"""What operations see of certificates alone: notices due, the registry, expiries by week."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from fastapi import Request
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.desk.rendering import SITE, build_path
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
from services.certificates.webhooks.troubles import count_troubled_endpoints
from shared.clock import civil_date
from shared.pages.charts import BarChart, ChartValue, build_bar_chart
from shared.pages.operations.figures import Figure, FigureContext, FigureSource, count_only
from shared.pages.operations.panels import read_panel
from shared.pages.operations.service_pages import OwnPanels
from shared.pages.preferences import get_translator
from shared.web.resources import get_resources


async def _read_due(session: AsyncSession, context: FigureContext) -> Figure:
    certificates = CertificateList.of_due(context.today)
    oldest_rows = await certificates.load_rows(session, 0, 1)
    if not oldest_rows:
        return Figure(0)
    t, day = context.t, context.t.format_day(oldest_rows[0].next_notice_on)
    return Figure(await certificates.count(session), t("operations.oldest_due", day=day))


CERTIFICATES_FIGURES = (
    FigureSource("due", "/due", _read_due),
    FigureSource("unsequenced", "/registry#unsequenced", count_only(count_unsequenced_entries)),
    FigureSource("receipts", "/registry", count_only(count_unacknowledged_entries)),
    FigureSource("endpoints", "/endpoints", count_only(count_troubled_endpoints)),
)
"""The figures of certificates, besides those of every service."""


async def _read_chart(request: Request) -> Mapping[str, Any]:
    """The expiries of the next year by week, as counted last; None where that cannot be read."""
    resources = get_resources(request)
    expiries = await read_panel(resources.operators_database, read_expiry_chart)
    if expiries is None:
        return {"chart": None, "counted_at": None}
    today = civil_date(resources.clock.now(), resources.settings.time_zone)
    return {"chart": _build_chart(request, expiries, today), "counted_at": expiries.counted_at}


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


OWN_PANELS = OwnPanels(SITE, "certificates_service.html", _read_chart)
"""What stands on the service's page besides what every service has."""
