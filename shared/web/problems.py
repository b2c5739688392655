"""RFC 9457 problem documents: the one place where an error becomes an answer.

    {"type": "https://attesta.example/problems/lifecycle.transition", "title": ..., "status": 409,
     "detail": ..., "instance": "urn:uuid:<correlation id>", "rule": "lifecycle.transition",
     "errors": [{"pointer": "/consent", "rule": "missing", "detail": "Field required"}]}

`rule` is stable and for machines; `detail` says to a person what is wrong and what to do. Nothing
that the client sent is repeated, and an unexpected error says no more than that it happened.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from shared import errors as shared_errors
from shared import logs, tracing
from shared.errors import FieldError, _pointer

log = logs.logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:attesta:problem:"

STATUS: dict[type[shared_errors.DomainError], int] = {
    shared_errors.NotFound: 404,
    shared_errors.Conflict: 409,
    shared_errors.RuleViolation: 422,
    shared_errors.StaleVersion: 412,
    shared_errors.Unauthenticated: 401,
    shared_errors.Forbidden: 403,
    shared_errors.TooManyRequests: 429,
    shared_errors.DomainError: 422,
}

# Python's own phrases change with its versions; rules may not.
HTTP_RULES = {
    400: "request.unreadable",
    404: "http.not_found",
    405: "http.method_not_allowed",
    413: "request.too_large",
}


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    rule: str
    shared_errors: list[FieldError] = Field(default_factory=list)


def problem(
    status: int,
    rule: str,
    title: str,
    detail: str,
    faults: Sequence[FieldError] = (),
    **extra: Any,
) -> JSONResponse:
    """A problem document as a response; `extra` members and headers come along."""
    headers = extra.pop("headers", None)
    body = Problem(
        type=TYPE_BASE + rule,
        title=title,
        status=status,
        detail=detail,
        instance=f"urn:attesta:request:{tracing.current().correlation_id}",
        rule=rule,
        errors=list(faults),
    )
    content = {**extra, **body.model_dump(mode="json")}
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Renders every error of the application as a problem document."""
    app.add_exception_handler(shared_errors.DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for unavailable in (
        OperationalError,
        InterfaceError,
        PoolTimeout,
        asyncpg.InterfaceError,
        OSError,
        shared_errors.TransientFailure,
    ):
        app.add_exception_handler(unavailable, _unavailable)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(asyncpg.PostgresError, _database)
    app.add_exception_handler(Exception, _unexpected)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: these statuses answer with a problem document."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


async def _domain(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, shared_errors.DomainError)
    status = next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)
    faults = (
        [FieldError(pointer=error.field, rule=error.rule, detail=error.detail)]
        if error.field
        else []
    )
    extra = dict(error.extra)
    if status == HTTPStatus.UNAUTHORIZED:
        extra["headers"] = {"WWW-Authenticate": "Bearer"}
    if isinstance(error, shared_errors.TooManyRequests):
        extra["headers"] = error.headers
    return problem(status, error.rule, error.title, error.detail, faults, **extra)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [
        FieldError(pointer=_pointer(fault["loc"]), rule=fault["type"], detail=fault["msg"])
        for fault in error.errors()
    ]
    where = ", ".join(fault.pointer for fault in faults[:5])
    return problem(
        422,
        "request.invalid",
        "The request is not valid",
        f"Correct these fields and send the request again: {where}.",
        faults,
    )


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    rule = HTTP_RULES.get(error.status_code, f"http.{error.status_code}")
    return problem(
        error.status_code, rule, phrase, str(error.detail), headers=dict(error.headers or {})
    )


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("request.dependency_unavailable", error=type(error).__name__, path=_route(request))
    return problem(
        503,
        "service.unavailable",
        "Temporarily unavailable",
        "Something this service needs does not answer. Nothing was changed; try again shortly.",
        headers={"Retry-After": "2"},
    )


async def _database(request: Request, error: Exception) -> JSONResponse:
    """Two requests that met may try again or have one winner; anything else is our defect."""
    cause: object = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    lost = invalidated or state.startswith(("08", "53", "57P"))
    if lost or state in ("40001", "40P01", "55P03", "57014"):
        return await _unavailable(request, error)
    if state == "23505":
        return problem(
            409,
            "resource.exists",
            shared_errors.AlreadyExists.title,
            "Another request has just made the same thing. Read it and decide again.",
        )
    return await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request.failed", path=_route(request), exc_info=error)
    return problem(
        500,
        "service.defect",
        "Unexpected error",
        "The service failed; nothing was changed. Name the instance when you ask for help.",
    )


def _route(request: Request) -> str:
    """The route's template: the path itself may hold numbers of certificates."""
    return getattr(request.scope.get("route"), "path", "unknown")
