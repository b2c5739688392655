"""What a portal's people do with a roster's addresses: enter, verify, try, move, rotate, delete."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.certificates.access.dependencies import Command, RequestCommand, RosterReader
from services.certificates.access.policy import require_employer
from services.certificates.rosters.enrolment import is_open
from services.certificates.rosters.models import Subscription
from services.certificates.rosters.queries import get_subscription
from services.certificates.rosters.rendering import build_path, explain_refusal
from services.certificates.webhooks import operations
from services.certificates.webhooks.models import EndpointCheck, WebhookEndpoint
from services.certificates.webhooks.rendering import (
    SITE,
    read_own_endpoint,
    render_endpoint,
    render_endpoints,
)
from services.certificates.webhooks.schemas import EndpointRequest, ReplayRequest, SkipRequest
from services.certificates.webhooks.waiting import Checks
from shared.clock import civil_date
from shared.errors import RuleViolation
from shared.pages.forms import FormState, read_fields
from shared.pages.preferences import get_translator

router = APIRouter(prefix="/rosters/{subscription_id}/endpoints")


@router.post("")
async def enter_endpoint(
    request: Request, subscription_id: UUID, caller: RosterReader, command: Command
) -> Response:
    """Enters an address, and shows its secret this once; a refused form is shown again."""
    fields = await _read_form(request)
    employer = require_employer(caller)
    roster = await get_subscription(command.session, employer, subscription_id)
    if "change_language" in fields:
        return await _render_refused(request, command, roster, FormState(fields))
    try:
        body = EndpointRequest.model_validate(
            {name: fields[name] for name in ("url", "contact", "batch_max") if name in fields}
        )
        endpoint, secret = await operations.create_endpoint(
            command.by(caller), employer, subscription_id, body
        )
    except (ValidationError, RuleViolation) as error:
        errors, status = explain_refusal(get_translator(request), error)
        return await _render_refused(request, command, roster, FormState(fields, errors), status)
    return _show_secret(request, roster, endpoint, secret)


async def _render_refused(
    request: Request,
    command: RequestCommand,
    roster: Subscription,
    form: FormState,
    status: int = 200,
) -> Response:
    return await render_endpoints(
        request,
        command.session,
        roster,
        form,
        is_open=is_open(roster, civil_date(command.now, command.settings.time_zone)),
        status=status,
    )


def _show_secret(
    request: Request, roster: Subscription, endpoint: WebhookEndpoint, secret: str
) -> Response:
    return SITE.render_page(
        request,
        "endpoint_secret.html",
        address=f"/rosters/{roster.id}/endpoints/{endpoint.id}",
        roster=roster,
        endpoint=endpoint,
        secret=secret,
    )


@router.post("/{endpoint_id}/verify")
async def verify_endpoint(
    request: Request, subscription_id: UUID, endpoint_id: UUID, caller: RosterReader, checks: Checks
) -> Response:
    """A handshake with a new address; the page says what came of it."""
    check = await checks.verify_endpoint(caller, endpoint_id)
    return _lead_to_check(request, subscription_id, check)


@router.post("/{endpoint_id}/resume")
async def resume_endpoint(
    request: Request, subscription_id: UUID, endpoint_id: UUID, caller: RosterReader, checks: Checks
) -> Response:
    """A handshake with an address that was given up."""
    check = await checks.resume_endpoint(caller, endpoint_id)
    return _lead_to_check(request, subscription_id, check)


@router.post("/{endpoint_id}/test")
async def send_test_event(
    request: Request, subscription_id: UUID, endpoint_id: UUID, caller: RosterReader, checks: Checks
) -> Response:
    """A test event."""
    check = await checks.send_test(caller, endpoint_id)
    return _lead_to_check(request, subscription_id, check)


@router.post("/{endpoint_id}/replay")
async def replay_events(
    request: Request,
    subscription_id: UUID,
    endpoint_id: UUID,
    caller: RosterReader,
    command: Command,
) -> Response:
    """Sends events again; a refused form is shown again."""
    fields = await _read_form(request)
    own = await read_own_endpoint(command.session, caller, subscription_id, endpoint_id)
    if "change_language" in fields:
        return await render_endpoint(request, command.session, own, FormState(fields))
    try:
        body = ReplayRequest.model_validate(_pick(fields, "after"))
        await operations.replay_events(
            command.by(caller), require_employer(caller), endpoint_id, body.after
        )
    except (ValidationError, RuleViolation) as error:
        errors, status = explain_refusal(get_translator(request), error)
        form = FormState(fields, errors)
        return await render_endpoint(request, command.session, own, form, status=status)
    return _lead_to(request, f"/{subscription_id}/endpoints/{endpoint_id}?done=replayed")


@router.post("/{endpoint_id}/skip")
async def skip_event(
    request: Request,
    subscription_id: UUID,
    endpoint_id: UUID,
    caller: RosterReader,
    command: Command,
) -> Response:
    """Passes the event by that the button names. Raises `Conflict` where it is not the next."""
    fields = await _read_form(request)
    await read_own_endpoint(command.session, caller, subscription_id, endpoint_id)
    try:
        sequence = SkipRequest.model_validate(_pick(fields, "sequence")).sequence
    except ValidationError:  # no button of ours sends it
        return _lead_to(request, f"/{subscription_id}/endpoints/{endpoint_id}")
    await operations.skip_event(command.by(caller), require_employer(caller), endpoint_id, sequence)
    return _lead_to(request, f"/{subscription_id}/endpoints/{endpoint_id}?done=skipped")


@router.post("/{endpoint_id}/secrets")
async def rotate_secret(
    request: Request,
    subscription_id: UUID,
    endpoint_id: UUID,
    caller: RosterReader,
    command: Command,
) -> Response:
    """A new secret, shown this once."""
    own = await read_own_endpoint(command.session, caller, subscription_id, endpoint_id)
    endpoint, secret = await operations.rotate_secret(
        command.by(caller), require_employer(caller), endpoint_id
    )
    return _show_secret(request, own.roster, endpoint, secret)


@router.post("/{endpoint_id}/delete")
async def delete_endpoint(
    request: Request,
    subscription_id: UUID,
    endpoint_id: UUID,
    caller: RosterReader,
    command: Command,
) -> Response:
    """Deletes an address."""
    await read_own_endpoint(command.session, caller, subscription_id, endpoint_id)
    await operations.delete_endpoint(command.by(caller), require_employer(caller), endpoint_id)
    return _lead_to(request, f"/{subscription_id}/endpoints?done=deleted")


async def _read_form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: text.replace("\x00", "") for name, text in read_fields(form).items()}


def _pick(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """The one member of a body; without the blanks that people write into numbers."""
    return {name: "".join(fields[name].split())} if name in fields else {}


def _lead_to_check(request: Request, subscription_id: UUID, check: EndpointCheck) -> Response:
    return _lead_to(request, f"/{subscription_id}/endpoints/{check.endpoint_id}?check={check.id}")


def _lead_to(request: Request, path: str) -> Response:
    return RedirectResponse(build_path(request, path), status_code=303)
