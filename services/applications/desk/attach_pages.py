"""The page that attaches a file to a case: a document that the qualification asks for, or other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field, ValidationError
from starlette.datastructures import UploadFile

from services.applications.access.policy import may_reach
from services.applications.application.queries import get_application, get_published_version
from services.applications.application.status import Command
from services.applications.desk.act_forms import CONTROL_FIELDS
from services.applications.desk.case_view import CaseView, read_case_view
from services.applications.desk.refusals import (
    Refusal,
    explain_invalid_body,
    explain_refusal,
)
from services.applications.desk.rendering import SITE, CaseId, CaseStaff
from services.applications.documents.dependencies import get_application_resources
from services.applications.documents.operations import attach_document
from services.applications.documents.routes import DocumentForm, receive_upload
from services.applications.documents.rules import GENERAL_DOCUMENT_KINDS, MATERIAL_KIND
from shared.context import command_context
from shared.errors import DomainError, Forbidden, NotFound, RuleViolation
from shared.events.requirements import AllOf, AnyOf, ExperienceRule, RequirementRule
from shared.locale.catalogues import FIRST_LANGUAGE
from shared.locale.translator import Translator
from shared.pages.forms import FormError, FormFields, FormState, read_fields
from shared.pages.preferences import page_language
from shared.principal import Principal, Scope
from shared.schemas import RequestBody
from shared.web.resources import get_resources

router = APIRouter()

MEGABYTE = 1024 * 1024


class AttachmentFacts(RequestBody):
    """What a file proves; `kind` is one of the page's choices."""

    kind: Annotated[str, Field(max_length=200)]
    months: Annotated[int | None, Field(ge=1, le=600)] = None


@router.get("/cases/{number}/attach")
async def show_attachment_form(
    request: Request, caller: CaseStaff, application_id: CaseId
) -> HTMLResponse:
    """The form that attaches a file."""
    values = {name: text for name, text in request.query_params.items() if name == "kind"}
    return await _show_form(request, application_id, caller, FormState(values))


@router.post("/cases/{number}/attach")
async def attach_file(
    request: Request, number: str, caller: CaseStaff, application_id: CaseId
) -> Response:
    """Attaches the file, with the same checks as the API's route; a refused form is shown again."""
    async with request.form() as form:
        fields = read_fields(form)
        if "change_language" in fields:
            return await _show_form(request, application_id, caller, FormState(fields))
        return await _answer_form(request, number, application_id, caller, fields, form.get("file"))


async def _answer_form(
    request: Request,
    number: str,
    application_id: UUID,
    caller: Principal,
    fields: FormFields,
    file: object,
) -> Response:
    t = get_resources(request).languages[page_language(request)]
    try:
        document_id = await _attach(request, application_id, caller, fields, file)
    except ValidationError as error:
        refusal = explain_invalid_body(t, _locate, error)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        refusal = explain_refusal(t, _locate, error)
    else:
        path = f"/{page_language(request)}/cases/{number}?attached={document_id}"
        return RedirectResponse(path, status_code=303)
    return await _show_form(request, application_id, caller, FormState(fields), refusal)


def _locate(pointer: str) -> str:
    """The form's field for a pointer; the field of the experience comes with the kind."""
    name = pointer.removeprefix("/")
    return "kind" if name == "field" else name


async def _attach(
    request: Request,
    application_id: UUID,
    caller: Principal,
    fields: FormFields,
    file: object,
) -> UUID:
    """Stores and attaches the file; the document's id.

    Raises pydantic's `ValidationError`, and what the API's route raises.
    """
    resources = get_application_resources(request)
    now, settings = resources.clock.now(), resources.settings
    await _check_centre(request, application_id, caller)
    facts = AttachmentFacts.model_validate(
        {name: text for name, text in fields.items() if name not in CONTROL_FIELDS}
    )
    if not isinstance(file, UploadFile) or not file.filename:
        raise RuleViolation("document.file", "Choose a file.", field="/file")
    kind, _, experience_field = facts.kind.partition("/")
    form = DocumentForm(file, kind, facts.months, experience_field or None)  # type: ignore[arg-type]
    document = await receive_upload(resources, now, application_id, form)
    async with resources.database.transaction() as session:
        context = command_context(session, now, settings, caller.subject)
        return (await attach_document(context, application_id, document)).id


async def _check_centre(request: Request, application_id: UUID, caller: Principal) -> None:
    """Checks that the caller's centre has the case. Raises `Forbidden`."""
    async with get_application_resources(request).database.read_only_transaction() as session:
        application = await get_application(session, application_id)
    if not may_reach(caller, Scope.PROCESS, application):
        raise Forbidden("auth.scope", f"This asks for the scope {Scope.PROCESS}.")


async def _show_form(
    request: Request,
    application_id: UUID,
    caller: Principal,
    form: FormState,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    resources = get_application_resources(request)
    await _check_centre(request, application_id, caller)
    t = resources.languages[page_language(request)]
    async with resources.database.read_only_transaction() as session:
        now = resources.clock.now()
        view = await read_case_view(session, resources.settings, now, application_id, caller)
        application = await get_application(session, application_id)
        version = await get_published_version(session, application)
    if refusal is not None:
        form = replace(form, errors=refusal.errors or _say_impossible(t))
    status = refusal.status if refusal else 200 if view.can_attach else 409
    return SITE.render_page(
        request,
        "attach.html",
        status,
        address=f"{view.path}/attach",
        view=view,
        application=view.application,
        form=form,
        kinds=_list_kinds(t, view, version.requirements),
        megabytes=resources.settings.upload_limit_bytes // MEGABYTE,
        accept=",".join(sorted(resources.settings.media_types | resources.settings.material_types)),
        language_form="act" if view.can_attach else "",
    )


def _say_impossible(t: Translator) -> Sequence[FormError]:
    return [FormError("", t("outdated.impossible"))]


def _list_kinds(
    t: Translator, view: CaseView, requirements: RequirementRule
) -> list[tuple[str, str, str]]:
    """The choices of the form, each with its words and their language.

    They are what the status of the case lets attach.
    """
    commands = view.application.allowed_commands
    choices: list[tuple[str, str, str]] = []
    if Command.ATTACH_DOCUMENT in commands:
        required_kinds = dict.fromkeys(_iter_required_kinds(requirements))
        choices += [(kind, title, FIRST_LANGUAGE) for kind, title in required_kinds]
        choices += [(kind, t(f"kind.{kind}"), t.language) for kind in GENERAL_DOCUMENT_KINDS]
    if Command.ATTACH_MATERIAL in commands:
        choices.append((MATERIAL_KIND, t(f"kind.{MATERIAL_KIND}"), t.language))
    return choices


def _iter_required_kinds(rule: RequirementRule) -> Iterator[tuple[str, str]]:
    """The kinds that the qualification asks for; experience with the first field that counts."""
    if isinstance(rule, AllOf | AnyOf):
        for part in rule.parts:
            yield from _iter_required_kinds(part)
    elif isinstance(rule, ExperienceRule):
        yield f"{rule.kind}/{rule.fields[0]}", rule.title
    else:
        yield rule.kind, rule.title
