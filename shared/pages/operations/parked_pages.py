"""Events that no broker takes, and what operations do about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.locale.rules import say_field_errors
from shared.messaging.parked_events import (
    ParkedEvent,
    count_parked,
    discard_parked,
    get_parked,
    list_parked,
    replay_parked,
)
from shared.pages.forms import FormError, FormState, read_fields
from shared.pages.operations.panels import OPERATIONS_GUARD, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.operations.service_pages import SITE
from shared.pages.preferences import page_language
from shared.web.dependencies import Transaction
from shared.web.operation_schemas import DiscardRequest
from shared.web.resources import get_resources

ParkedNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class ParkedList:
    """One page of the parked events."""

    page: RowPage
    events: Sequence[ParkedEvent]


class ParkedPages:
    """The pages of one service's parked events."""

    def __init__(self, service: str) -> None:
        self._service = service

    def build_router(self) -> APIRouter:
        """The routes below a language."""
        router = APIRouter(
            prefix=f"/operations/{self._service}/parked-events",
            dependencies=[Depends(OPERATIONS_GUARD)],
        )
        router.get("")(self.show_events)
        router.get("/{event_id}")(self.show_event)
        router.post("/{event_id}/replay")(self.replay_event)
        router.post("/{event_id}")(self.discard_event)
        return router

    async def show_events(self, request: Request) -> Response:
        """All of them, the oldest first."""

        async def read_list(session: AsyncSession) -> ParkedList:
            total = await count_parked(session)
            page = RowPage.choose(request.query_params.get("page", ""), total)
            return ParkedList(page, await list_parked(session, PAGE_SIZE, page.offset))

        view = await read_panel(get_resources(request).operators_database, read_list)
        t = get_resources(request).languages[page_language(request)]
        path = self._build_path(request)
        return SITE.render_page(
            request,
            "operations/parked_events.html",
            service=self._service,
            view=view,
            pages=view and view.page.build_links(t, path, {}, len(view.events)),
            is_done="done" in request.query_params,
        )

    async def show_event(self, request: Request, event_id: ParkedNumber) -> Response:
        """One of them: why the broker refuses it, and what can be done."""
        return await self._render_event(request, event_id, FormState())

    async def replay_event(
        self, request: Request, event_id: ParkedNumber, session: Transaction
    ) -> Response:
        """Lets the relay try the event again."""
        await replay_parked(session, event_id)
        return self._redirect_to_list(request)

    async def discard_event(
        self, request: Request, event_id: ParkedNumber, session: Transaction
    ) -> Response:
        """Gives the event up for the reason in the form."""
        async with request.form() as submission:
            fields = read_fields(submission)
        t = get_resources(request).languages[page_language(request)]
        if "change_language" in fields:
            return await self._render_event(request, event_id, FormState(fields))
        try:
            body = DiscardRequest(reason=fields.get("reason", ""))
        except ValidationError as error:
            sentences = [sentence for _, sentence in say_field_errors(t, error.errors())]
            form = FormState(fields, [FormError("reason", sentence) for sentence in sentences])
            return await self._render_event(request, event_id, form)
        await discard_parked(session, event_id, body.reason)
        return self._redirect_to_list(request)

    def _redirect_to_list(self, request: Request) -> Response:
        return RedirectResponse(f"{self._build_path(request)}?done=yes", status_code=303)

    def _build_path(self, request: Request) -> str:
        return f"/{page_language(request)}/operations/{self._service}/parked-events"

    async def _render_event(self, request: Request, event_id: int, form: FormState) -> Response:
        async with get_resources(request).database.read_only_transaction() as session:
            event = await get_parked(session, event_id)
        return SITE.render_page(
            request,
            "operations/parked_event.html",
            422 if form.errors else 200,
            address=f"/operations/{self._service}/parked-events/{event_id}",
            service=self._service,
            event=event,
            form=form,
            language_form="act",
        )
