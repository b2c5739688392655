"""The forms of rosters: a roster begun or ended, a certificate or a list added, one taken off."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from services.certificates.access.dependencies import Command, RosterReader
from services.certificates.access.policy import require_employer
from services.certificates.certificate.number import NUMBER_MAX_LENGTH
from services.certificates.rosters import jobs, operations, queries
from services.certificates.rosters.dependencies import Enrolling
from services.certificates.rosters.enrolment import check_open
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.rendering import (
    SITE,
    build_path,
    explain_refusal,
)
from services.certificates.rosters.row_files import find_media_type, read_rows
from services.certificates.rosters.rules import EnrolmentAction
from services.certificates.rosters.schemas import EnrolmentRequest, SubscriptionRequest
from services.certificates.settings import CertificatesContext
from shared.errors import DomainError, RuleViolation
from shared.pages.forms import FormFields, FormState, read_day, read_fields
from shared.pages.preferences import get_translator
from shared.web.dependencies import ReadOnlyTransaction
from shared.web.resources import get_resources

router = APIRouter()

OWN_RULES = ("enrolment.", "roster.", "subscription.until", "subscription.many", "job.")
"""How rules begin that a form shows at its field; others are a page of their own."""


@router.get("/rosters/new")
async def show_beginning(request: Request, _: RosterReader) -> Response:
    """The form that begins a roster."""
    return _render(request, "roster_new.html", FormState())


@router.post("/rosters/new")
async def begin_roster(request: Request, caller: RosterReader, command: Command) -> Response:
    """Begins a roster; a refused form is shown again."""
    fields = await _read_form(request)
    if "change_language" in fields:
        return _render(request, "roster_new.html", FormState(fields))
    try:
        body = SubscriptionRequest.model_validate(
            _pick(fields, ("name", "purpose", "basis"), days=("until",))
        )
        row = await operations.create_subscription(
            command.by(caller), require_employer(caller), body
        )
    except (ValidationError, DomainError) as error:
        return _refuse(request, "roster_new.html", fields, error)
    return _lead_to(request, f"/{row.id}?done=begun")


@router.get("/rosters/{subscription_id}/add")
async def show_addition(
    request: Request, subscription_id: UUID, caller: RosterReader, session: ReadOnlyTransaction
) -> Response:
    """The form that adds a certificate."""
    roster = await queries.get_subscription(session, require_employer(caller), subscription_id)
    return _render(request, "roster_add.html", FormState(), roster=roster)


@router.post("/rosters/{subscription_id}/add")
async def add_certificate(
    request: Request, subscription_id: UUID, caller: RosterReader, enrolling: Enrolling
) -> Response:
    """Enrols a certificate; a refused form is shown again."""
    fields = await _read_form(request)
    roster = await _get_roster(request, require_employer(caller), subscription_id)
    if "change_language" in fields:
        return _render(request, "roster_add.html", FormState(fields), roster=roster)
    try:
        body = EnrolmentRequest.model_validate(
            _pick(fields, ("number",), days=("issued_on", "until"))
        )
        await enrolling.enrol(caller, subscription_id, body)
    except (ValidationError, DomainError) as error:
        return _refuse(request, "roster_add.html", fields, error, roster=roster)
    return _lead_to(request, f"/{subscription_id}?done=added")


@router.post("/rosters/{subscription_id}/unenrol")
async def unenrol_certificate(
    request: Request, subscription_id: UUID, caller: RosterReader, enrolling: Enrolling
) -> Response:
    """Takes a certificate off the roster."""
    fields = await _read_form(request)
    body = _validate_row(fields)
    if body is not None:
        await enrolling.unenrol(caller, subscription_id, body.number, body.issued_on)
    return _lead_to(request, f"/{subscription_id}{'?done=unenrolled' if body else ''}")


def _validate_row(fields: FormFields) -> EnrolmentRequest | None:
    """What a button of a row sends; None for what no button of ours would."""
    try:
        return EnrolmentRequest.model_validate(_pick(fields, ("number",), days=("issued_on",)))
    except ValidationError:
        return None


@router.get("/rosters/{subscription_id}/list")
async def show_list_form(
    request: Request, subscription_id: UUID, caller: RosterReader, session: ReadOnlyTransaction
) -> Response:
    """The form that sends a list."""
    roster = await queries.get_subscription(session, require_employer(caller), subscription_id)
    return _render(request, "roster_list.html", FormState({"action": "enrol"}), roster=roster)


@router.post("/rosters/{subscription_id}/list")
async def send_list(
    request: Request, subscription_id: UUID, caller: RosterReader, command: Command
) -> Response:
    """Begins the job of a list, and leads to its progress; a refused form is shown again."""
    roster = await queries.get_subscription(
        command.session, require_employer(caller), subscription_id
    )
    async with request.form() as form:
        fields, file = read_fields(form), form.get("file")
        if "change_language" in fields:
            return _render(request, "roster_list.html", FormState(fields), roster=roster)
        try:
            job = await _create_job(command.by(caller), roster, fields, file)
        except DomainError as error:
            return _refuse(request, "roster_list.html", fields, error, roster=roster)
    return _lead_to(request, f"/{subscription_id}/jobs/{job}")


async def _create_job(
    context: CertificatesContext, roster: Subscription, fields: FormFields, file: object
) -> UUID:
    """Raises `RuleViolation` for a list that cannot be read, `Conflict` for an ended roster."""
    if not isinstance(file, UploadFile) or not file.filename:
        raise RuleViolation("job.file", "Choose a file with the list.", field="/file")
    is_end = fields.get("action") == EnrolmentAction.UNENROL
    action = EnrolmentAction.UNENROL if is_end else EnrolmentAction.ENROL
    if action is EnrolmentAction.ENROL:
        check_open(roster, context.today)
    content = await file.read()
    rows = await to_thread.run_sync(
        read_rows, content, find_media_type(content), context.settings.job_rows
    )
    return (await jobs.create_job(context, roster, action, rows)).id


@router.get("/rosters/{subscription_id}/end")
async def show_end(
    request: Request, subscription_id: UUID, caller: RosterReader, session: ReadOnlyTransaction
) -> Response:
    """What follows when the roster ends, above the button that ends it."""
    roster = await queries.get_subscription(session, require_employer(caller), subscription_id)
    return _render(request, "roster_end.html", FormState(), roster=roster)


@router.post("/rosters/{subscription_id}/end")
async def end_roster(
    request: Request, subscription_id: UUID, caller: RosterReader, command: Command
) -> Response:
    """Ends the roster."""
    fields = await _read_form(request)
    employer = require_employer(caller)
    if "change_language" in fields:
        roster = await queries.get_subscription(command.session, employer, subscription_id)
        return _render(request, "roster_end.html", FormState(), roster=roster)
    await operations.end_subscription(command.by(caller), employer, subscription_id)
    return _lead_to(request, f"/{subscription_id}?done=ended")


async def _read_form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: text.replace("\x00", "") for name, text in read_fields(form).items()}


async def _get_roster(request: Request, employer: str, subscription_id: UUID) -> Subscription:
    async with get_resources(request).database.read_only_transaction() as session:
        return await queries.get_subscription(session, employer, subscription_id)


def _pick(fields: FormFields, names: tuple[str, ...], days: tuple[str, ...]) -> dict[str, str]:
    """The members of a body out of a form; blank ones are left out."""
    members = {name: fields[name] for name in names if name in fields}
    return members | {name: day for name in days if (day := read_day(fields, name))}


def _refuse(
    request: Request,
    template: str,
    fields: Mapping[str, str],
    error: ValidationError | DomainError,
    **values: Any,
) -> Response:
    """The form as it was filled, with what is wrong; other refusals are raised again."""
    if isinstance(error, DomainError) and not error.rule.startswith(OWN_RULES):
        raise error
    errors, status = explain_refusal(get_translator(request), error, body_field="file")
    return _render(request, template, FormState(fields, errors), status, **values)


def _render(
    request: Request, template: str, form: FormState, status: int = 200, **values: Any
) -> Response:
    return SITE.render_page(
        request,
        template,
        status,
        form=form,
        language_form="act",
        number_max_length=NUMBER_MAX_LENGTH,
        job_rows=get_resources(request).settings.job_rows,  # type: ignore[attr-defined]
        **values,
    )


def _lead_to(request: Request, path: str) -> Response:
    return RedirectResponse(build_path(request, path), status_code=303)
