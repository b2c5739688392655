"""The addresses to which forms are sent: each runs one step of the procedure."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.applications.desk.forms import FORM_READERS, FormFields, read_fields
from services.applications.desk.rendering import (
    ApplicationStaff,
    PageRoute,
    Submission,
    render_application,
)
from services.applications.documents.dependencies import get_application_resources
from services.applications.dossier.steps import STEPS
from shared.context import command_context
from shared.errors import Conflict, DomainError, Forbidden, NotFound, StaleVersion
from shared.pages.site import page_language
from shared.principal import Principal
from shared.web.steps import acting_subject

router = APIRouter(route_class=PageRoute)


@router.post("/applications/{application_id}/{step_name}")
async def submit_step_form(
    request: Request, application_id: UUID, step_name: str, caller: ApplicationStaff
) -> Response:
    """Runs one step; an error is shown beside the form, with everything that was entered.

    Raises `NotFound`, `Forbidden`.
    """
    if step_name not in FORM_READERS:
        raise NotFound("page.unknown", step_name)
    step = STEPS[step_name]
    if not caller.scopes & set(step.scopes):
        raise Forbidden("auth.scope", f"This asks for the scope {' or '.join(step.scopes)}.")
    fields = read_fields(await request.form())
    submission = Submission(step_name, fields, status=422)
    try:
        await _run_step(request, application_id, step_name, fields, caller)
    except ValidationError as error:
        field_errors = [
            (_format_location(pydantic_error["loc"]), pydantic_error["msg"])
            for pydantic_error in error.errors()
        ]
        submission = replace(submission, field_errors=field_errors)
        return await _render_refusal(request, application_id, caller, submission)
    except DomainError as error:
        status = 409 if isinstance(error, Conflict | StaleVersion) else 422
        submission = replace(submission, refusal=error, status=status)
        return await _render_refusal(request, application_id, caller, submission)
    page_path = f"/{page_language(request)}/applications/{application_id}"
    return RedirectResponse(page_path, status_code=303)


async def _run_step(
    request: Request, application_id: UUID, step_name: str, fields: FormFields, caller: Principal
) -> None:
    """Runs the step, decided on the revision that the form was filled in for.

    Raises pydantic's `ValidationError`, and what the step raises.
    """
    resources = get_application_resources(request)
    settings, step = resources.settings, STEPS[step_name]
    assert step.body is not None, "every form has a body"
    body = step.body.model_validate(FORM_READERS[step_name](fields, settings.time_zone))
    revision_text = fields.get("version", "")
    expected_revision = int(revision_text) if revision_text.isdecimal() else 0
    actor = acting_subject(body, caller)
    async with resources.database.transaction() as session:
        now = resources.clock.now()
        context = command_context(session, now, settings, actor, expected_revision)
        await step.run(context, application_id, body)


async def _render_refusal(
    request: Request, application_id: UUID, caller: Principal, submission: Submission
) -> Response:
    async with get_application_resources(request).database.read_only_transaction() as session:
        return await render_application(request, session, application_id, caller, submission)


def _format_location(location: tuple[int | str, ...]) -> str:
    """A field's place in the body as a person counts: lines from 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
