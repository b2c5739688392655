"""Dead letters: events that a service could not handle, and what operations do about them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.errors import NotFound
from shared.locale.rules import say_field_errors
from shared.messaging.dead_letter_views import (
    Content,
    DeadLetter,
    count_open_dead_letters,
    get_content,
    get_dead_letter,
    list_open_dead_letters,
)
from shared.messaging.dead_letters import discard_dead_letter, replay_key
from shared.messaging.gauges import OPEN_STATUSES
from shared.pages.forms import FormError, FormState, read_fields
from shared.pages.operations.panels import OPERATIONS_GUARD, Operator, read_panel
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage
from shared.pages.operations.service_pages import WORDS
from shared.pages.operations.words import say_reason
from shared.pages.preferences import page_language
from shared.pages.site import Site
from shared.principal import Principal
from shared.tracing import read_trace_id
from shared.web.operation_schemas import DiscardRequest
from shared.web.resources import get_resources

RecordDisclosure = Callable[[Request, Principal, int, bytes], Awaitable[None]]
"""Commits the record that somebody is about to see the payload of the dead letter with this id."""
LetterId = Annotated[int, Path(ge=1, le=2**63 - 1)]
SITE = Site(
    "shared.pages",
    "operations",
    {**WORDS, "say_reason": say_reason, "read_trace_id": read_trace_id},
    {"Cache-Control": "private, no-store"},
    is_work=True,
)


@dataclass(frozen=True, slots=True)
class LetterList:
    """One page of the open dead letters."""

    page: RowPage
    letters: Sequence[DeadLetter]


class LetterPages:
    """The pages of one service's dead letters; who sees a payload is recorded before."""

    def __init__(self, service: str, record_disclosure: RecordDisclosure) -> None:
        self._service = service
        self._record_disclosure = record_disclosure

    def build_router(self) -> APIRouter:
        """The routes below a language."""
        router = APIRouter(
            prefix=f"/operations/{self._service}/dead-letters",
            dependencies=[Depends(OPERATIONS_GUARD)],
        )
        router.get("")(self.show_letters)
        router.get("/{letter_id}")(self.show_letter)
        router.post("/{letter_id}/payload")(self.show_payload)
        router.post("/{letter_id}/replay")(self.replay_letter)
        router.post("/{letter_id}")(self.discard_letter)
        return router

    async def show_letters(self, request: Request) -> Response:
        """The open ones, the oldest first."""

        async def read_list(session: AsyncSession) -> LetterList:
            total = await count_open_dead_letters(session)
            page = RowPage.choose(request.query_params.get("page", ""), total)
            rows = await list_open_dead_letters(session, PAGE_SIZE, page.offset)
            return LetterList(page, rows)

        view = await read_panel(get_resources(request).operators_database, read_list)
        t = get_resources(request).languages[page_language(request)]
        path = self._build_path(request)
        return SITE.render_page(
            request,
            "operations/letters.html",
            service=self._service,
            view=view,
            pages=view and view.page.build_links(t, path, {}, len(view.letters)),
        )

    async def show_letter(self, request: Request, letter_id: LetterId) -> Response:
        """One of them: why it could not be handled, and what can be done."""
        return await self._render_letter(request, letter_id, FormState())

    async def show_payload(
        self, request: Request, caller: Operator, letter_id: LetterId
    ) -> Response:
        """What the event says, which can be personal data: only once it is recorded who sees it."""
        async with get_resources(request).database.read_only_transaction() as session:
            content = await get_content(session, letter_id)
        await self._record_disclosure(request, caller, letter_id, content.payload)
        return await self._render_letter(request, letter_id, FormState(), content)

    async def replay_letter(self, request: Request, letter_id: LetterId) -> Response:
        """Handles the event again, and those parked behind it."""
        resources = get_resources(request)
        await replay_key(resources.database, resources.handlers, resources.clock, letter_id)
        return self._redirect_to_letter(request, letter_id)

    async def discard_letter(self, request: Request, letter_id: LetterId) -> Response:
        """Gives the event up for the reason in the form."""
        async with request.form() as submission:
            fields = read_fields(submission)
        t = get_resources(request).languages[page_language(request)]
        if "change_language" in fields:
            return await self._render_letter(request, letter_id, FormState(fields))
        await self._check_open(request, letter_id)
        try:
            body = DiscardRequest(reason=fields.get("reason", ""))
        except ValidationError as error:
            sentences = [sentence for _, sentence in say_field_errors(t, error.errors())]
            form = FormState(fields, [FormError("reason", sentence) for sentence in sentences])
            return await self._render_letter(request, letter_id, form)
        async with get_resources(request).database.transaction() as session:
            await discard_dead_letter(session, letter_id, body.reason)
        return self._redirect_to_letter(request, letter_id)

    async def _check_open(self, request: Request, letter_id: int) -> None:
        """Refuses what was typed about an event that others have settled. Raises `NotFound`."""
        async with get_resources(request).database.read_only_transaction() as session:
            letter = await get_dead_letter(session, letter_id)
        if letter.status not in OPEN_STATUSES:
            raise NotFound("dead_letter.unknown", f"The dead letter {letter_id} is settled.")

    def _redirect_to_letter(self, request: Request, letter_id: int) -> Response:
        path = f"{self._build_path(request)}/{letter_id}?done=yes"
        return RedirectResponse(path, status_code=303)

    def _build_path(self, request: Request) -> str:
        return f"/{page_language(request)}/operations/{self._service}/dead-letters"

    async def _render_letter(
        self, request: Request, letter_id: int, form: FormState, content: Content | None = None
    ) -> Response:
        async with get_resources(request).database.read_only_transaction() as session:
            letter = await get_dead_letter(session, letter_id)
        is_open = letter.status in OPEN_STATUSES
        shows_form = is_open or bool(form.values)  # what was typed stays, whatever others did
        return SITE.render_page(
            request,
            "operations/letter.html",
            422 if form.errors else 200,
            address=f"/operations/{self._service}/dead-letters/{letter_id}",
            service=self._service,
            letter=letter,
            content=content,
            form=form,
            is_done="done" in request.query_params,
            is_open=is_open,
            shows_form=shows_form,
            language_form="act" if shows_form else "",
        )
