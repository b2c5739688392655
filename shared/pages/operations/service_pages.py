"""What operations see of one service: its jobs, its outbox, and the rows that were set aside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.errors import NotFound
from shared.job_states.gauges import UPKEEP_INTERVALS
from shared.job_states.set_aside import (
    SetAsideRow,
    count_requested_retries,
    count_set_aside,
    list_set_aside,
    request_retry,
)
from shared.job_states.states import list_job_states
from shared.messaging.dead_letters import count_open_dead_letters
from shared.messaging.gauges import measure_outbox
from shared.messaging.outbox import list_unpublished
from shared.pages.forms import FormError, FormState
from shared.pages.operations.job_views import JobView, build_job_views, count_troubles
from shared.pages.operations.panels import OPERATIONS_GUARD, answer_if_changed, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage, say_count
from shared.pages.operations.words import say_event, say_job, say_row_fault
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
    "say_count": say_count,
}
"""What templates of operations call, besides those of every page."""
SITE = Site("shared.pages", "operations", WORDS, is_work=True)

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class OutboxView:
    """Events that wait for the relay: how many, how long the oldest, and the oldest ones."""

    unpublished: int
    age: timedelta
    oldest_events: Sequence[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class SetAsideView:
    """One page of the rows set aside; `retry_count` of all are tried again in the next rounds."""

    page: RowPage
    rows: Sequence[SetAsideRow]
    retry_count: int


class ServicePages:
    """The pages of one service, whose jobs have these intervals, in seconds."""

    def __init__(
        self, service: str, job_intervals: Mapping[str, float], *, has_letters: bool
    ) -> None:
        self._service = service
        self._intervals = {**UPKEEP_INTERVALS, **job_intervals}
        self._has_letters = has_letters

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
        """Jobs, outbox, and how much is set aside or a dead letter; each may fail alone."""

        async def read(query: Callable[[AsyncSession], Awaitable[ValueT]]) -> ValueT | None:
            return await read_panel(get_resources(request).database, query)

        async def read_jobs(session: AsyncSession) -> list[JobView]:
            return build_job_views(self._intervals, await list_job_states(session), now)

        jobs = await read(read_jobs)
        page = SITE.render_page(
            request,
            "operations/service.html",
            service=self._service,
            jobs=jobs,
            trouble_count=None if jobs is None else count_troubles(jobs),
            outbox=await read(read_outbox),
            set_aside_count=await read(count_set_aside),
            letter_count=await read(count_open_dead_letters) if self._has_letters else None,
            has_letters=self._has_letters,
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

        view = await read_panel(get_resources(request).database, read_view)
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
