"""The page of all parts: each as it looks and works, for those who build pages and check them.

Only a trial site has it; with `?work` in the address it is as dense as the pages of work. Its form
may be sent: the page shows what it understood, or what it refuses.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from fastapi import APIRouter, Depends, Request, Response

from shared.errors import NotFound
from shared.locale.translator import Translator
from shared.pages.charts import BarChart, ChartValue, build_bar_chart
from shared.pages.forms import (
    FormError,
    FormFields,
    FormState,
    count_rows,
    read_day,
    read_decimal,
    read_fields,
    read_rows,
    read_time,
)
from shared.pages.preferences import get_translator
from shared.pages.site import Site
from shared.web.dependencies import Today
from shared.web.guards import PUBLIC_PAGE
from shared.web.resources import get_resources

METHOD_MESSAGES = {"personal": "parts.method.personal", "post": "parts.method.post"}
FILE_MEGABYTES = Decimal("1.8")
REQUIRED_FIELDS = ("number", "held_on", "starts_at", "points", "method")
LEAST_ROWS = 2
WEEK_COUNTS = (12, 30, 18, 0, 44, 21, 9, 16)
CASES = (
    ("26-000118", "Белова Анна Ильинична", "review", "late", -2),
    ("26-000121", "Рахимова Гульнара", "review", "at_risk", 2),
    ("26-000130", "Ёлкин Пётр Сергеевич", "examination", "running", 12),
)
"""Of the table: number, name, status, state of the limit, days left."""


def require_trial_site(request: Request) -> None:
    """Raises `NotFound` where people work."""
    if not get_resources(request).settings.trial_site:
        raise NotFound("page.unknown", "There is no such page.")


def build_parts_router(site: Site) -> APIRouter:
    """The page `/parts`, below a language."""
    router = APIRouter(dependencies=[Depends(PUBLIC_PAGE), Depends(require_trial_site)])

    @router.get("/parts")
    async def show_parts(request: Request, today: Today) -> Response:
        values = {"held_on": today.isoformat(), "points": "8.5", "starts_at": "12.00"}
        return _render_parts(site, request, FormState(values), today)

    @router.post("/parts")
    async def read_parts(request: Request, today: Today) -> Response:
        async with request.form() as submission:
            fields, is_upload = read_fields(submission), "file" in submission
        if "change_language" in fields or "add" in fields:
            return _render_parts(site, request, FormState(fields), today)
        t = get_translator(request)
        form = FormState(fields, [] if is_upload else list(_check_fields(t, fields)))
        meanings = {} if form.errors else _read_meanings(t, fields)
        return _render_parts(site, request, form, today, meanings)

    @router.get("/parts/news")
    async def tell_news(request: Request) -> Response:
        news = json.dumps({"id": "26-000118", "text": get_translator(request)("parts.news")})
        return Response(f"retry: 86400000\ndata: {news}\n\n", media_type="text/event-stream")

    return router


def _render_parts(
    site: Site,
    request: Request,
    form: FormState,
    today: Today,
    meanings: Mapping[str, str] | None = None,
) -> Response:
    """The page with its form; `meanings` are what the form was understood as, by label."""
    t = get_translator(request)
    return site.render_page(
        request,
        "parts_page.html",
        422 if form.errors else 200,
        form=form,
        meanings=meanings or {},
        row_count=count_rows(form.values, "theory", LEAST_ROWS),
        language_form="act",
        is_indexed=False,
        is_work="work" in request.query_params,
        today=today,
        earlier_day=today - timedelta(days=3),
        later_day=today + timedelta(days=365),
        cases=CASES,
        chart=_build_chart(t, today),
        file_megabytes=FILE_MEGABYTES,
    )


def _check_fields(t: Translator, fields: FormFields) -> Iterator[FormError]:
    """What a person must still correct, in the order of the form."""
    values = {
        "held_on": read_day(fields, "held_on"),
        "starts_at": read_time(fields, "starts_at"),
        "points": read_decimal(fields, "points"),
    }
    faults = {"held_on": "parts.fault.day", "starts_at": "parts.fault.time"}
    for name in REQUIRED_FIELDS:
        label = t(f"parts.field.{name}").rstrip("?")
        value = values.get(name, fields.get(name))
        if value is None:
            yield FormError(name, t("parts.fault.blank", label=label))
        elif name == "points" and FormState(fields).understood_decimal(name) is None:
            yield FormError(name, t("parts.fault.decimal", label=label))
        elif name in faults and not value.replace("-", "").replace(":", "").isdigit():
            yield FormError(name, t(faults[name], label=label))


def _read_meanings(t: Translator, fields: FormFields) -> dict[str, str]:
    """What the form says, by the labels of its fields."""
    meanings = {
        "number": fields.get("number"),
        "held_on": read_day(fields, "held_on"),
        "starts_at": read_time(fields, "starts_at"),
        "points": read_decimal(fields, "points"),
        "method": _say_method(t, fields.get("method")),
        "note": fields.get("note"),
    }
    understood = {t(f"parts.field.{name}"): value for name, value in meanings.items() if value}
    for row in read_rows(fields, "theory"):
        understood[row.get("criterion", "")] = row.get("points", "")
    return understood


def _say_method(t: Translator, method: str | None) -> str | None:
    """The words of a choice; None for none, and for what is none of the choices."""
    return t(METHOD_MESSAGES[method]) if method in METHOD_MESSAGES else None


def _build_chart(t: Translator, today: Today) -> BarChart:
    return build_bar_chart(
        t("parts.chart"),
        t("parts.chart.week"),
        t("parts.chart.count"),
        [
            ChartValue(t.format_short_day(today + timedelta(weeks=week)), count, f"?week={week}")
            for week, count in enumerate(WEEK_COUNTS)
        ],
    )
