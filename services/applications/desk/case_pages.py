"""The page of a case, its files, and the news of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.applications.application.models import Application, History
from services.applications.application.queries import get_application
from services.applications.desk.case_news import CaseState, CaseWatch, NewsClient, say_news
from services.applications.desk.case_view import CaseView, read_case_view
from services.applications.desk.history_sentences import say_history_line
from services.applications.desk.likely_repeats import list_likely_repeats
from services.applications.desk.prefill import read_first_values
from services.applications.desk.queries import NextCase, find_next_case
from services.applications.desk.rendering import (
    SITE,
    STAFF_SCOPES,
    ApplicationStaff,
    CaseId,
    CasePageGuard,
    CaseStaff,
)
from services.applications.documents.dependencies import get_application_resources
from services.applications.documents.queries import get_document
from services.applications.documents.routes import build_download_link
from services.applications.documents.schemas import DocumentAnswer
from shared.errors import Unauthenticated
from shared.locale.translator import Translator
from shared.pages.forms import FormState
from shared.pages.preferences import page_language
from shared.principal import Principal
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.resources import get_resources
from shared.web.sessions import identify_session

INLINE_ACTS = ("appointment", "dispatch", "delivery")
"""Forms so short that they stand on the page of the case, when they come first."""

CHECK_SECONDS = 5.0
"""How often an open page's session is asked for."""

router = APIRouter()


@router.get("/cases/{application_id:uuid}")
async def redirect_to_number(
    request: Request,
    application_id: UUID,
    caller: ApplicationStaff,  # noqa: ARG001 - the guard
    session: ReadOnlyTransaction,
) -> Response:
    """From the application's id to the case's number, by which people call it."""
    application = await get_application(session, application_id)
    path = f"/{page_language(request)}/cases/{application.number}"
    return RedirectResponse(path, status_code=301)


@router.get("/cases/{number}")
async def show_case(
    request: Request,
    caller: CaseStaff,
    application_id: CaseId,
    session: ReadOnlyTransaction,
    done_line_id: Annotated[int | None, Query(alias="done", ge=1, le=2**62)] = None,
    attached_id: Annotated[UUID | None, Query(alias="attached")] = None,
) -> HTMLResponse:
    """The case, with what the reader can do now.

    `done` names a line of its history that is to be confirmed, `attached` a file.
    """
    resources = get_application_resources(request)
    settings = resources.settings
    now = resources.clock.now()
    view = await read_case_view(session, settings, now, application_id, caller)
    done_line = next((line for line in view.history if line.id == done_line_id), None)
    next_case = None
    if done_line is not None and done_line.from_status is not None:
        next_case = await find_next_case(
            session, caller, view.today, done_line.from_status, application_id
        )
    values = {}
    if view.acts:
        values = await read_first_values(session, view, view.acts[0].name, settings.time_zone)
    documents = view.application.documents
    document = next((document for document in documents if document.id == attached_id), None)
    repeats = await list_likely_repeats(session, application_id, caller)
    page = _CasePage(FormState(values), done_line, next_case, document, repeats)
    return _render_case_page(request, view, page)


@dataclass(frozen=True, slots=True)
class _CasePage:
    """What the page of a case shows besides it: the form of the first act, and what was done."""

    form: FormState
    done_line: History | None
    next_case: NextCase | None
    new_document: DocumentAnswer | None
    likely_repeats: Sequence[Application]


def _render_case_page(request: Request, view: CaseView, page: _CasePage) -> HTMLResponse:
    resources = get_resources(request)
    t, zone = resources.languages[page_language(request)], resources.settings.time_zone
    first_act = view.acts[0] if view.acts else None
    next_case = page.next_case
    return SITE.render_page(
        request,
        "case.html",
        address=view.path,
        view=view,
        application=view.application,
        inline_act=first_act if first_act and first_act.name in INLINE_ACTS else None,
        can_return=any(act.name == "return" for act in view.acts),
        form=page.form,
        language_form="act" if first_act and first_act.name in INLINE_ACTS else "",
        stages=[
            {"label": t(f"stage.{state.stage}"), "done": state.is_done, "current": state.current}
            for state in view.stages
        ],
        history_items=[
            {
                "at": line.at.astimezone(zone),
                "sentence": say_history_line(t, line, zone),
                "note": line.detail,
                "note_language": "ru",
            }
            for line in view.history
        ],
        repeat_numbers=[repeat.number for repeat in page.likely_repeats],
        done_sentence=_say_done(t, page, zone),
        next_case=next_case and _link_next_case(t.language, next_case),
    )


def _say_done(t: Translator, page: _CasePage, zone: ZoneInfo) -> str:
    """What was just done, by the record of it; blank for nothing."""
    if page.done_line is not None:
        return say_history_line(t, page.done_line, zone)
    if page.new_document is not None:
        return t("case.file_attached", name=page.new_document.file_name)
    return ""


def _link_next_case(language: str, next_case: NextCase) -> dict[str, str]:
    names = (next_case.family_name, next_case.given_name, next_case.patronymic)
    label = " ".join((next_case.number, *(name for name in names if name)))
    return {"href": f"/{language}/cases/{next_case.number}", "label": label}


@router.get("/cases/{number}/documents/{document_id}")
async def redirect_to_document(
    request: Request,
    document_id: UUID,
    caller: CaseStaff,  # noqa: ARG001 - the guard
    application_id: CaseId,
    session: ReadOnlyTransaction,
) -> Response:
    """Redirects to a document by a download link that expires soon."""
    document = await get_document(session, application_id, document_id)
    link = build_download_link(document, get_application_resources(request))
    return RedirectResponse(link.path, status_code=303)


async def _open_news(
    request: Request,
    caller: Annotated[Principal, Depends(CasePageGuard(STAFF_SCOPES, discloses=False))],  # noqa: ARG001 - the guard
    application_id: CaseId,
    watch: CaseWatch,
) -> AsyncIterator[NewsClient]:
    """A place among those who are told, as long as the page is open."""
    database = get_resources(request).database
    async with watch.admit_client(database, application_id) as client:
        yield client


@router.get("/cases/{number}/changes", response_class=EventSourceResponse)
async def stream_changes(
    request: Request,
    client: Annotated[NewsClient, Depends(_open_news)],
    watch: CaseWatch,
    revision: Annotated[int, Query(ge=0)],
    history: Annotated[int, Query(ge=0)],
) -> AsyncIterator[ServerSentEvent]:
    """Tells a page that shows this revision of newer ones, as long as the session lasts."""
    resources = get_resources(request)
    t, zone = resources.languages[page_language(request)], resources.settings.time_zone
    shown_revision = revision
    while not watch.is_closed:
        state: CaseState | None = await client.wait_for_state(CHECK_SECONDS)
        if not await _is_signed_in(request):
            return
        if state is not None and state.revision > shown_revision:
            shown_revision = state.revision
            text = say_news(t, state, history, zone)
            news = {"id": str(state.revision), "text": text}
            yield ServerSentEvent(data=news, id=str(state.revision))


async def _is_signed_in(request: Request) -> bool:
    """Whether the session with which the page was opened still lasts."""
    try:
        return await identify_session(request) is not None
    except Unauthenticated:
        return False
