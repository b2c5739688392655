"""The addresses of acts: each shows one form and runs one step of the procedure.

What cannot be undone is first shown on a page of its own; nothing is written before its named
button is pressed.
"""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import History
from services.applications.application.queries import get_latest, lock_application
from services.applications.application.status import Status
from services.applications.desk.act_forms import (
    check_scope,
    drop_control_fields,
    find_act,
    open_act_page,
    show_form_again,
)
from services.applications.desk.acts import Act
from services.applications.desk.checks import render_check_page
from services.applications.desk.draft_pages import DraftKeepingRoute
from services.applications.desk.forms import ask_confirmation, close_gaps
from services.applications.desk.refusals import explain_invalid_body, explain_refusal
from services.applications.desk.rendering import CaseId, CaseStaff
from services.applications.documents.dependencies import get_application_resources
from services.applications.drafts.operations import delete_draft
from services.applications.review.operations import begin_review
from services.applications.review.schemas import ReviewRequest, ReviewStartRequest
from services.applications.settings import ApplicationsContext
from shared.context import command_context
from shared.errors import DomainError, Forbidden, NotFound
from shared.pages.forms import FormFields, FormState, read_fields
from shared.pages.preferences import page_language
from shared.principal import Principal
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.resources import get_resources
from shared.web.steps import acting_subject

router = APIRouter(route_class=DraftKeepingRoute)

REOPENING_FIELDS = ("add", "change_language", "edit")
"""Buttons that only show the form again."""


@router.post("/cases/{number}")
async def leave_case_page(
    request: Request, caller: CaseStaff, application_id: CaseId
) -> HTMLResponse:
    """The form that stands on the page of a case, on its own: the language is changed there."""
    fields = await _read_fields(request)
    act = find_act(fields.get("act", ""))
    await _check_caller(request, act, application_id, caller)
    return await show_form_again(request, act, application_id, caller, FormState(fields))


@router.get("/cases/{number}/{act_name}")
async def show_act(
    request: Request,
    act_name: str,
    caller: CaseStaff,
    application_id: CaseId,
    session: ReadOnlyTransaction,
) -> HTMLResponse:
    """The form of an act, with what stands in it before anything is typed."""
    return await open_act_page(request, session, find_act(act_name), application_id, caller)


@router.post("/cases/{number}/{act_name}")
async def submit_act(
    request: Request, number: str, act_name: str, caller: CaseStaff, application_id: CaseId
) -> Response:
    """Does the act, and leads to the case; a refused form is shown again as it was typed.

    A button that adds a row, changes the language or goes back to the form does nothing else.
    """
    act, fields = find_act(act_name), await _read_fields(request)
    await _check_caller(request, act, application_id, caller)
    if any(name in fields for name in REOPENING_FIELDS):
        return await show_form_again(request, act, application_id, caller, FormState(fields))
    if act.is_checked and "confirmed" not in fields:
        return await _check_act(request, act, fields, caller, application_id)
    fields = close_gaps(fields)

    async def run() -> Response:
        history_id = await _run_act(request, act, application_id, fields, caller)
        path = f"/{page_language(request)}/cases/{number}?done={history_id}"
        return RedirectResponse(path, status_code=303)

    return await _answer_or_refuse(request, act, application_id, fields, caller, run)


@router.get("/cases/{number}/{act_name}/check")
async def return_to_form(
    request: Request,
    number: str,
    act_name: str,
    caller: CaseStaff,  # noqa: ARG001 - the guard
) -> Response:
    """What is to be checked is only known while it is sent: whoever comes back gets the form."""
    path = f"/{page_language(request)}/cases/{number}/{find_act(act_name).name}"
    return RedirectResponse(path, status_code=303)


@router.post("/cases/{number}/{act_name}/check")
async def check_act(
    request: Request, act_name: str, caller: CaseStaff, application_id: CaseId
) -> Response:
    """Shows what was understood and what follows; writes nothing."""
    act, fields = find_act(act_name), await _read_fields(request)
    if not act.is_checked:
        raise NotFound("page.unknown", "This act is not checked before it is done.")
    await _check_caller(request, act, application_id, caller)
    if "add" in fields or ("change_language" in fields and "confirmed" not in fields):
        return await show_form_again(request, act, application_id, caller, FormState(fields))
    return await _check_act(request, act, fields, caller, application_id)


async def _check_act(
    request: Request, act: Act, fields: FormFields, caller: Principal, application_id: UUID
) -> Response:
    closed_fields = close_gaps(fields)

    async def run() -> Response:
        resources = get_application_resources(request)
        body = _read_body(request, act, closed_fields)
        async with resources.database.read_only_transaction() as session:
            context = _build_context(request, session, body, closed_fields, caller)
            return await render_check_page(
                request, context, act, application_id, caller, body, closed_fields
            )

    return await _answer_or_refuse(request, act, application_id, closed_fields, caller, run)


async def _answer_or_refuse(
    request: Request,
    act: Act,
    application_id: UUID,
    fields: FormFields,
    caller: Principal,
    run: Callable[[], Awaitable[Response]],
) -> Response:
    """What `run` answers; a form that it refuses is shown again with the reasons.

    Raises `NotFound`, `Forbidden`.
    """
    t = get_resources(request).languages[page_language(request)]

    def locate(pointer: str) -> str:
        return act.locate_field(pointer, fields)

    try:
        return await run()
    except ValidationError as error:
        refusal = explain_invalid_body(t, locate, error)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        refusal = explain_refusal(t, locate, error)
        fields = ask_confirmation(fields, error.extra.get("perhaps_same", ()))
    form = FormState(fields)
    return await show_form_again(request, act, application_id, caller, form, refusal)


async def _check_caller(
    request: Request, act: Act, application_id: UUID, caller: Principal
) -> None:
    async with get_application_resources(request).database.read_only_transaction() as session:
        await check_scope(session, act, application_id, caller)


async def _read_fields(request: Request) -> dict[str, str]:
    """What was typed; files are closed, since no form of an act has one."""
    async with request.form() as form:
        return read_fields(form)


def _read_body(request: Request, act: Act, fields: FormFields) -> BaseModel:
    """The body of the act's step. Raises pydantic's `ValidationError`."""
    body_type = act.step.body
    assert body_type is not None, "every form has a body"
    zone = get_resources(request).settings.time_zone
    return body_type.model_validate(act.read_body(drop_control_fields(fields), zone))


def _build_context(
    request: Request, session: AsyncSession, body: BaseModel, fields: FormFields, caller: Principal
) -> ApplicationsContext:
    """The context of the act, decided on the revision that the form was filled in for."""
    resources = get_application_resources(request)
    revision_text = fields.get("revision", "")
    revision = int(revision_text) if re.fullmatch(r"[0-9]{1,9}", revision_text) else 0
    actor = acting_subject(body, caller)
    now, settings = resources.clock.now(), resources.settings
    return command_context(session, now, settings, actor, revision, caller.subject)


async def _run_act(
    request: Request, act: Act, application_id: UUID, fields: FormFields, caller: Principal
) -> int:
    """Runs the act's step, and removes what was kept of its form; the id of its line of history.

    Raises pydantic's `ValidationError`, and what the step raises.
    """
    body = _read_body(request, act, fields)
    async with get_application_resources(request).database.transaction() as session:
        context = _build_context(request, session, body, fields, caller)
        if act.takes_review:
            context = await _take_review(context, application_id, body)
        await act.step.run(context, application_id, body)
        await delete_draft(session, caller.subject, application_id, act.name)
        line = await get_latest(session, History, application_id)
    assert line is not None, "every act is a line of the history"
    return line.id or 0


async def _take_review(
    context: ApplicationsContext, application_id: UUID, body: BaseModel
) -> ApplicationsContext:
    """Begins the review where nobody has; the context of what follows. Raises as the step."""
    application = await lock_application(context.session, application_id)
    if application.status is not Status.SUBMITTED:
        return context
    assert isinstance(body, ReviewRequest), "only a review takes the review"
    await begin_review(context, application_id, ReviewStartRequest(reviewer=body.reviewer))
    return context.without_expectation()
