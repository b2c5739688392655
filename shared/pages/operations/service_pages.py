"""What operations see of one service: its figures, jobs, outbox, lag, and the rows set aside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.errors import NotFound
from shared.job_states.job_views import JobView
from shared.job_states.set_aside import (
    SetAsideRow,
    count_requested_retries,
    count_set_aside,
    list_set_aside,
    request_retry,
)
from shared.lease import list_leases
from shared.messaging.gauges import measure_outbox
from shared.messaging.lag import list_topic_lags
from shared.messaging.outbox import UnpublishedEvent, list_unpublished
from shared.pages.forms import FormError, FormState
from shared.pages.operations.figures import ServiceFigures
from shared.pages.operations.panels import OPERATIONS_GUARD, answer_if_changed, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage, say_count
from shared.pages.operations.words import say_event, say_job, say_refusal, say_row_fault, say_topic
from shared.pages.preferences import page_language
from shared.pages.site import Site
from shared.web.dependencies import Now, Transaction
from shared.web.resources import get_resources

SHOWN_EVENTS = 20
"""Events of the outbox that are listed: the oldest ones tell what is stuck."""
WORDS = {
    "say_job": say_job,
    "say_event": say_event,
    "say_row_fault": say_row_fault,
    "say_topic": say_topic,
    "say_refusal": say_refusal,
    "say_count": say_count,
}
"""What templates of operations call, besides those of every page."""
SITE = Site("shared.pages", "operations", WORDS, is_work=True)

ValueT = TypeVar("ValueT")


async def _read_nothing(_: Request) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class OwnPanels:
    """Panels that one service alone has.

    `template` of `site` extends the page that all have; `read` gives the values that it shows
    besides.
    """

    site: Site = SITE
    template: str = "operations/service.html"
    read: Callable[[Request], Awaitable[Mapping[str, Any]]] = _read_nothing


@dataclass(frozen=True, slots=True)
class OutboxView:
    """Events that wait for the relay: how many, how long the oldest, and the oldest ones."""

    unpublished: int
    age: timedelta
    oldest_events: Sequence[UnpublishedEvent]


@dataclass(frozen=True, slots=True)
class SetAsideView:
    """One page of the rows set aside; `retry_count` of all are tried again in the next rounds."""

    page: RowPage
    rows: Sequence[SetAsideRow]
    retry_count: int


class ServicePages:
    """The pages of one service, with its figures and the panels that it alone has."""

    def __init__(self, figures: ServiceFigures, own_panels: OwnPanels | None = None) -> None:
        self._service = figures.service
        self._figures = figures
        self._own = own_panels or OwnPanels()

    def build_router(self) -> APIRouter:
        """The routes below a language."""
        router = APIRouter(
            prefix=f"/operations/{self._service}", dependencies=[Depends(OPERATIONS_GUARD)]
        )
        router.get("")(self.show_service)
        router.get("/set-aside")(self.show_set_aside)
        router.post("/set-aside")(self.retry_rows)
        return router

    async def show_service(self, request: Request, now: Now) -> Response:
        """Figures, jobs, outbox, lag, leaders, the service's own panels; each may fail alone."""

        async def read(query: Callable[[AsyncSession], Awaitable[ValueT]]) -> ValueT | None:
            return await read_panel(get_resources(request).operators_database, query)

        async def read_jobs(session: AsyncSession) -> list[JobView]:
            return await self._figures.list_jobs(session, now)

        is_consumer = self._figures.is_consumer
        page = self._own.site.render_page(
            request,
            self._own.template,
            service=self._service,
            tiles=await self._figures.read_tiles(request),
            jobs=await read(read_jobs),
            outbox=await read(read_outbox),
            is_consumer=is_consumer,
            lags=await read(list_topic_lags) if is_consumer else None,
            leases=await read(list_leases),
            **await self._own.read(request),
        )
        return answer_if_changed(request, page)

    async def show_set_aside(self, request: Request, now: Now) -> Response:
        """The rows that jobs could not handle, with a button to try them again."""
        return await self._render_set_aside(request, now, FormState())

    async def retry_rows(self, request: Request, session: Transaction, now: Now) -> Response:
        """Lets the next rounds try the chosen rows again; those handled since are left out."""
        async with request.form() as submission:
            chosen_rows = [str(text) for text in submission.getlist("row")[:PAGE_SIZE]]
        if not chosen_rows:
            t = get_resources(request).languages[page_language(request)]
            form = FormState({}, [FormError("", t("set_aside.choose"))])
            return await self._render_set_aside(request, now, form)
        for job, _, subject in (text.replace("\x00", "").partition("/") for text in chosen_rows):
            try:
                await request_retry(session, job, subject, now)
            except NotFound:
                continue  # it has been handled since the page was opened
        path = f"/{page_language(request)}/operations/{self._service}/set-aside?done=yes"
        return Response(status_code=303, headers={"Location": path})

    async def _render_set_aside(self, request: Request, now: datetime, form: FormState) -> Response:
        async def read_view(session: AsyncSession) -> SetAsideView:
            page = RowPage.choose(
                request.query_params.get("page", ""), await count_set_aside(session)
            )
            rows = await list_set_aside(session, PAGE_SIZE, page.offset)
            return SetAsideView(page, rows, await count_requested_retries(session, now))

        view = await read_panel(get_resources(request).operators_database, read_view)
        t = get_resources(request).languages[page_language(request)]
        path = f"/{page_language(request)}/operations/{self._service}/set-aside"
        return SITE.render_page(
            request,
            "operations/set_aside.html",
            422 if form.errors else 200,
            service=self._service,
            form=form,
            view=view,
            pages=view and view.page.build_links(t, path, {}, len(view.rows)),
            is_done="done" in request.query_params,
        )


async def read_outbox(session: AsyncSession) -> OutboxView:
    """The events that wait for the relay."""
    unpublished, seconds = await measure_outbox(session)
    return OutboxView(
        unpublished,
        timedelta(seconds=round(seconds)),
        await list_unpublished(session, SHOWN_EVENTS),
    )
