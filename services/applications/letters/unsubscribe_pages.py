"""The page on which who has a letter stops reminders by e-mail (RFC 8058)."""

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application
from services.applications.application.status import Actor
from services.applications.documents.dependencies import get_application_resources
from services.applications.letters.addresses import bar_address, is_barred
from services.applications.letters.models import Letter
from services.applications.letters.rules import BarReason, TokenPurpose
from services.applications.letters.tokens import find_token
from services.applications.settings import ApplicationsContext
from shared.context import command_context
from shared.errors import NotFound
from shared.pages.site import Site
from shared.web.dependencies import ReadOnlyTransaction, Transaction
from shared.web.guards import PUBLIC_PAGE

SITE = Site("services.applications.letters", "work", {}, {"Cache-Control": "private, no-store"})
router = APIRouter(prefix="/letters/unsubscribe", dependencies=[Depends(PUBLIC_PAGE)])


@router.get("/{token}")
async def ask_to_stop(request: Request, token: str, session: ReadOnlyTransaction) -> Response:
    """Asks whether reminders are to stop; programs that follow links change nothing."""
    context = _build_context(request, session)
    letter = await _get_letter(context, token)
    application = await session.get_one(Application, letter.application_id)
    is_stopped = await is_barred(context, application, BarReason.UNSUBSCRIBED)
    return _render(request, letter, is_stopped=is_stopped)


@router.post("/{token}")
async def stop_reminders(request: Request, token: str, session: Transaction) -> Response:
    """Stops them, for the page's button and for a mail program's; the same again changes nothing.

    It answers itself, as mail programs follow no redirects.
    """
    context = _build_context(request, session)
    letter = await _get_letter(context, token)
    application = await session.get_one(Application, letter.application_id)
    await bar_address(context, application, BarReason.UNSUBSCRIBED)
    return _render(request, letter, is_stopped=True)


def _build_context(request: Request, session: AsyncSession) -> ApplicationsContext:
    resources = get_application_resources(request)
    return command_context(session, resources.clock.now(), resources.settings, Actor.APPLICANT)


async def _get_letter(context: ApplicationsContext, token: str) -> Letter:
    """The letter that carries the token. Raises `NotFound`."""
    letter_token = await find_token(context, TokenPurpose.UNSUBSCRIBE, token)
    if letter_token is None:
        raise NotFound("letter.token_unknown", "No letter carries this address, or not any more.")
    return await context.session.get_one(Letter, letter_token.letter_id)


def _render(request: Request, letter: Letter, *, is_stopped: bool) -> Response:
    return SITE.render_page(
        request,
        "unsubscribe.html",
        number=letter.number,
        is_stopped=is_stopped,
        is_indexed=False,
    )
