"""The addresses that forms are sent to: one step of the procedure each."""

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
from services.applications.desk.rendering import LookingAt, PageRoute, application_page
from services.applications.examination import operations as examination_operations
from services.applications.review import operations
from services.applications.settings import ApplicationsSettings
from shared.errors import Conflict, DomainError, Forbidden, NotFound, StaleVersion
from shared.pages.site import language
from shared.principal import Principal, Scope

router = APIRouter(route_class=PageRoute)

Act = Callable[[AsyncSession, UUID, Any, int, datetime, ApplicationsSettings], Awaitable[Any]]


async def _begin_review(
    session: AsyncSession, of: UUID, body: Any, version: int, now: datetime, _: Any
) -> None:
    await operations.begin_review(session, of, body.reviewer, version, now)


async def _no_show(
    session: AsyncSession, of: UUID, body: Any, version: int, now: datetime, _: Any
) -> None:
    await examination_operations.record_no_show(session, of, body, version, now)


ACTS: dict[str, tuple[Scope, Act]] = {
    "review-start": (Scope.PROCESS, _begin_review),
    "review": (Scope.PROCESS, operations.review),
    "appointment": (Scope.PROCESS, examination_operations.schedule),
    "no-show": (Scope.PROCESS, _no_show),
    "closure": (Scope.PROCESS, examination_operations.close),
    "examination": (Scope.PROCESS, examination_operations.record_examination),
    "dispatch": (Scope.PROCESS, examination_operations.send_to_council),
    "decision": (Scope.DECIDE, decision_operations.decide),
    "delivery": (Scope.PROCESS, decision_operations.hand_over),
}
"""What a form does, and who may send it."""


@router.post("/applications/{application_id}/{action}")
async def act(request: Request, application_id: UUID, action: str, caller: LookingAt) -> Response:
    """One step; what is wrong is told beside the form, with everything that was entered."""
    if action not in ACTS:
        raise NotFound("page.unknown", action)
    scope, do = ACTS[action]
    if not caller.may(scope):
        raise Forbidden("auth.scope", f"This asks for the scope {scope}.")
    told = forms.entered(await request.form())
    try:
        await _take(request, application_id, action, do, told, caller)
    except ValidationError as error:
        faults = [(_path(fault["loc"]), fault["msg"]) for fault in error.errors()]
        return await _refused(request, application_id, action, told, caller, faults=faults)
    except DomainError as error:
        conflict = isinstance(error, Conflict | StaleVersion)
        return await _refused(
            request,
            application_id,
            action,
            told,
            caller,
            said=error,
            status=409 if conflict else 422,
        )
    where = f"/{language(request)}/applications/{application_id}"
    return RedirectResponse(where, status_code=303)


async def _take(
    request: Request,
    application_id: UUID,
    action: str,
    do: Act,
    told: dict[str, str],
    caller: Principal,
) -> None:
    state = request.app.state
    body = forms.body(action, told, state.settings.time_zone)
    if "actor" in type(body).model_fields:
        body = body.model_copy(update={"actor": caller.subject})
    version = told.get("version", "")
    seen = int(version) if version.isdecimal() else 0
    async with state.database.transaction() as session:
        await do(session, application_id, body, seen, state.clock.now(), state.settings)


async def _refused(
    request: Request,
    application_id: UUID,
    action: str,
    told: dict[str, str],
    caller: Principal,
    *,
    status: int = 422,
    **more: Any,
) -> Response:
    async with request.app.state.database.reading() as session:
        return await application_page(
            request, session, application_id, caller, status, entered=told, acted=action, **more
        )


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
