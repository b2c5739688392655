"""The addresses to which forms are sent: each runs one step of the procedure."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.decision import operations as decision_operations
from services.applications.desk import forms
from services.applications.desk.rendering import ApplicationStaff, PageRoute, render_application
from services.applications.documents.dependencies import get_application_resources
from services.applications.examination import operations as examination_operations
from services.applications.review import operations
from services.applications.settings import ApplicationsSettings
from shared.errors import Conflict, DomainError, Forbidden, NotFound, StaleVersion
from shared.pages.site import page_language
from shared.principal import Principal, Scope

router = APIRouter(route_class=PageRoute)

FormStep = Callable[[AsyncSession, UUID, Any, int, datetime, ApplicationsSettings], Awaitable[Any]]


async def _begin_review(
    session: AsyncSession, of: UUID, body: Any, version: int, now: datetime, _: Any
) -> None:
    await operations.begin_review(session, of, body.reviewer, version, now)


async def _no_show(
    session: AsyncSession, of: UUID, body: Any, version: int, now: datetime, _: Any
) -> None:
    await examination_operations.record_no_show(session, of, body, version, now)


FORM_STEPS: dict[str, tuple[Scope, FormStep]] = {
    "review-start": (Scope.PROCESS, _begin_review),
    "review": (Scope.PROCESS, operations.record_review),
    "appointment": (Scope.PROCESS, examination_operations.schedule_examination),
    "no-show": (Scope.PROCESS, _no_show),
    "closure": (Scope.PROCESS, examination_operations.close_application),
    "examination": (Scope.PROCESS, examination_operations.record_examination),
    "dispatch": (Scope.PROCESS, examination_operations.send_to_council),
    "decision": (Scope.DECIDE, decision_operations.decide_certification),
    "delivery": (Scope.PROCESS, decision_operations.hand_over_document),
}
"""What a form does, and who may send it."""


@router.post("/applications/{application_id}/{action}")
async def submit_step_form(
    request: Request, application_id: UUID, action: str, caller: ApplicationStaff
) -> Response:
    """Runs one step; an error is shown beside the form, with everything that was entered.

    Raises `NotFound`, `Forbidden`.
    """
    if action not in FORM_STEPS:
        raise NotFound("page.unknown", action)
    scope, form_step = FORM_STEPS[action]
    if not caller.has_scope(scope):
        raise Forbidden("auth.scope", f"This asks for the scope {scope}.")
    fields = forms.read_fields(await request.form())
    try:
        await _run_step(request, application_id, action, form_step, fields, caller)
    except ValidationError as error:
        field_errors = [
            (_format_location(pydantic_error["loc"]), pydantic_error["msg"])
            for pydantic_error in error.errors()
        ]
        return await _render_refusal(
            request, application_id, action, fields, caller, field_errors=field_errors
        )
    except DomainError as error:
        conflict = isinstance(error, Conflict | StaleVersion)
        return await _render_refusal(
            request,
            application_id,
            action,
            fields,
            caller,
            refusal=error,
            status=409 if conflict else 422,
        )
    page_path = f"/{page_language(request)}/applications/{application_id}"
    return RedirectResponse(page_path, status_code=303)


async def _run_step(
    request: Request,
    application_id: UUID,
    action: str,
    form_step: FormStep,
    fields: dict[str, str],
    caller: Principal,
) -> None:
    resources = get_application_resources(request)
    body = forms.build_body(action, fields, resources.settings.time_zone)
    if "actor" in type(body).model_fields:
        body = body.model_copy(update={"actor": caller.subject})
    revision_text = fields.get("version", "")
    expected_revision = int(revision_text) if revision_text.isdecimal() else 0
    async with resources.database.transaction() as session:
        await form_step(
            session,
            application_id,
            body,
            expected_revision,
            resources.clock.now(),
            resources.settings,
        )


async def _render_refusal(
    request: Request,
    application_id: UUID,
    action: str,
    fields: dict[str, str],
    caller: Principal,
    *,
    status: int = 422,
    **template_values: Any,
) -> Response:
    async with get_application_resources(request).database.read_only_transaction() as session:
        return await render_application(
            request,
            session,
            application_id,
            caller,
            status,
            fields=fields,
            submitted_step=action,
            **template_values,
        )


def _format_location(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
