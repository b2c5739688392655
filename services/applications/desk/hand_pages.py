"""Letters that a centre prints, posts, or tells by phone: its queue, and the printer's file."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from services.applications.access.models import Disclosure
from services.applications.desk.rendering import SITE
from services.applications.digests.contact_pages import OfficeStaff
from services.applications.documents.dependencies import get_application_resources
from services.applications.letters.by_hand import (
    MOST_SELECTED,
    TAB_ACTS,
    HandTab,
    count_queue,
    list_queue,
    mark_letters,
    take_for_printing,
)
from services.applications.letters.models import Letter
from services.applications.letters.print_routes import LetterFile, build_file_address
from services.applications.settings import ApplicationsContext
from shared.context import command_context
from shared.errors import Conflict, Forbidden, RuleViolation
from shared.pages.forms import FormFields, read_fields
from shared.pages.operations.row_pages import PAGE_SIZE, RowPage, say_count
from shared.pages.preferences import page_language
from shared.principal import Principal, Scope
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.guards import AllowPage
from shared.web.resources import get_resources

router = APIRouter(prefix="/letters")
ROW_PREFIX = "letter-"
"""How the box of a row is called, with the letter's id."""


class HandOutcome(StrEnum):
    """What came of the form of the queue: the page says it afterwards."""

    DONE = "done"
    NOT_CHOSEN = "not_chosen"
    OUTDATED = "outdated"
    """Letters that were chosen are to be sent no more, or stand elsewhere."""


Clerk = Annotated[Principal, Depends(AllowPage(Scope.PROCESS))]
"""Somebody of a centre, signed in."""


@router.get("")
async def show_queue(
    request: Request, caller: OfficeStaff, session: ReadOnlyTransaction
) -> Response:
    """The centre's letters by what is to be done next, and the way to the offices' digests."""
    query = request.query_params
    offices = [
        kind
        for kind, scope, claim in (
            ("centre", Scope.PROCESS, caller.centre),
            ("council", Scope.DECIDE, caller.council),
        )
        if caller.has_scope(scope) and claim is not None
    ]
    if "centre" not in offices or caller.centre is None:
        return SITE.render_page(request, "hand.html", tab=None, offices=offices, outcome=None)
    t = get_resources(request).languages[page_language(request)]
    counts = await count_queue(session, caller.centre)
    tab = _choose_tab(query.get("tab", ""), counts)
    page = RowPage.choose(query.get("page", ""), counts[tab])
    rows = await list_queue(session, caller.centre, tab, page.offset, PAGE_SIZE)
    path = f"/{page_language(request)}/letters"
    return SITE.render_page(
        request,
        "hand.html",
        offices=offices,
        tab=tab,
        act=TAB_ACTS[tab],
        tabs=[(other_tab, say_count(t, count)) for other_tab, count in counts.items()],
        rows=rows,
        row_prefix=ROW_PREFIX,
        outcome=_find_outcome(query.get("outcome", "")),
        pages=page.build_links(t, path, {"tab": tab}, len(rows)),
    )


@router.post("")
async def mark_selection(request: Request, caller: Clerk) -> Response:
    """Records that the chosen letters were printed, posted, or told."""
    centre_number = _require_centre(caller)
    letter_ids = _read_selection(await _read_fields(request))
    tab = _read_tab(request)
    if not letter_ids:
        return _redirect_to_queue(request, tab, HandOutcome.NOT_CHOSEN)
    resources = get_application_resources(request)
    try:
        async with resources.database.transaction() as session:
            context = command_context(
                session, resources.clock.now(), resources.settings, caller.subject
            )
            await mark_letters(context, centre_number, letter_ids, TAB_ACTS[tab])
    except Conflict:
        return _redirect_to_queue(request, tab, HandOutcome.OUTDATED)
    return _redirect_to_queue(request, tab, HandOutcome.DONE)


@router.post("/pdf")
async def print_selection(request: Request, caller: Clerk) -> Response:
    """Leads to the chosen letters in one file, once it is recorded who gets to see the addresses.

    What is to be sent no more, by what the files say now, is left out.
    """
    centre_number = _require_centre(caller)
    letter_ids = _read_selection(await _read_fields(request))
    if not letter_ids:
        return _redirect_to_queue(request, _read_tab(request), HandOutcome.NOT_CHOSEN)
    resources = get_application_resources(request)
    async with resources.database.transaction() as session:
        context = command_context(
            session, resources.clock.now(), resources.settings, caller.subject
        )
        letters = await take_for_printing(context, centre_number, letter_ids)
        _record_disclosures(request, context, letters)
        printable_ids = [letter.id for letter in letters]
    if not printable_ids:
        return _redirect_to_queue(request, _read_tab(request), HandOutcome.OUTDATED)
    file = LetterFile(centre_number, page_language(request), printable_ids)
    address = build_file_address(resources.settings, file, context.now)
    return RedirectResponse(address, status_code=303)


def _record_disclosures(
    request: Request, context: ApplicationsContext, letters: list[Letter]
) -> None:
    """Each applicant is told of it who sees what was disclosed of them."""
    context.session.add_all(
        Disclosure(
            application_id=application_id,
            disclosed_at=context.now,
            subject=context.actor,
            scope=Scope.PROCESS,
            resource=request.scope["route"].path,
        )
        for application_id in {letter.application_id for letter in letters}
    )


async def _read_fields(request: Request) -> FormFields:
    async with request.form() as submission:
        return read_fields(submission)


def _read_selection(fields: FormFields) -> set[UUID]:
    """The letters whose boxes are ticked. Raises `RuleViolation` for more than a page shows."""
    letter_ids = set()
    for name in fields:
        if name.startswith(ROW_PREFIX):
            try:
                letter_ids.add(UUID(name.removeprefix(ROW_PREFIX)))
            except ValueError:
                continue
    if len(letter_ids) > MOST_SELECTED:
        raise RuleViolation(
            "letter.by_hand_many",
            f"Choose at most {MOST_SELECTED} letters.",
            values={"number": MOST_SELECTED},
        )
    return letter_ids


def _read_tab(request: Request) -> HandTab:
    name = request.query_params.get("tab", "")
    return next((tab for tab in HandTab if tab == name), HandTab.PRINT)


def _find_outcome(name: str) -> HandOutcome | None:
    return next((outcome for outcome in HandOutcome if outcome == name), None)


def _choose_tab(name: str, counts: Mapping[HandTab, int]) -> HandTab:
    """The part that is asked for; else the first in which something waits."""
    asked_tab = next((tab for tab in HandTab if tab == name), None)
    return asked_tab or next((tab for tab, count in counts.items() if count), HandTab.PRINT)


def _require_centre(caller: Principal) -> str:
    if caller.centre is None:
        raise Forbidden("auth.office", "Your account acts for no centre.")
    return caller.centre


def _redirect_to_queue(request: Request, tab: HandTab, outcome: HandOutcome) -> Response:
    path = f"/{page_language(request)}/letters?tab={tab}&outcome={outcome}"
    return RedirectResponse(path, status_code=303)
