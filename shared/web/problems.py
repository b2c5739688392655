"""RFC 9457 problem documents: the one place where an error becomes an answer.

    {"type": "urn:attesta:problem:lifecycle.transition", "title": ..., "status": 409,
     "detail": ..., "instance": "urn:attesta:request:<correlation id>",
     "rule": "lifecycle.transition",
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

from shared import logs, tracing
from shared.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    NotFound,
    RuleViolation,
    StaleVersion,
    TooManyRequests,
    TransientFailure,
    Unauthenticated,
    request_pointer,
)

log = logs.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:attesta:problem:"

STATUS_BY_ERROR: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    RuleViolation: 422,
    StaleVersion: 412,
    Unauthenticated: 401,
    Forbidden: 403,
    TooManyRequests: 429,
    DomainError: 422,
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
    errors: list[FieldError] = Field(default_factory=list)


def problem_response(
    status: int,
    rule: str,
    title: str,
    detail: str,
    field_errors: Sequence[FieldError] = (),
    **extra_members: Any,
) -> JSONResponse:
    """A problem document as a response, with `extra_members` in its body.

    `headers` among them are the response's headers.
    """
    headers = extra_members.pop("headers", None)
    body = Problem(
        type=TYPE_BASE + rule,
        title=title,
        status=status,
        detail=detail,
        instance=f"urn:attesta:request:{tracing.current_trace().correlation_id}",
        rule=rule,
        errors=list(field_errors),
    )
    content = {**extra_members, **body.model_dump(mode="json")}
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install_error_handlers(app: FastAPI) -> None:
    """Renders every error of the application as a problem document."""
    app.add_exception_handler(DomainError, _answer_domain_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_error)
    for error_class in (
        OperationalError,
        InterfaceError,
        PoolTimeout,
        asyncpg.InterfaceError,
        OSError,
        TransientFailure,
    ):
        app.add_exception_handler(error_class, _answer_unavailable)
    app.add_exception_handler(DBAPIError, _answer_database_error)
    app.add_exception_handler(asyncpg.PostgresError, _answer_database_error)
    app.add_exception_handler(Exception, _answer_unexpected_error)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: these statuses answer with a problem document."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


async def _answer_domain_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    status = next(
        STATUS_BY_ERROR[error_class]
        for error_class in type(error).__mro__
        if error_class in STATUS_BY_ERROR
    )
    field_errors = (
        [FieldError(pointer=error.field, rule=error.rule, detail=error.detail)]
        if error.field
        else []
    )
    extra = dict(error.extra)
    if status == HTTPStatus.UNAUTHORIZED:
        extra["headers"] = {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyRequests):
        extra["headers"] = error.headers
    return problem_response(status, error.rule, error.title, error.detail, field_errors, **extra)


async def _answer_invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    field_errors = [
        FieldError(
            pointer=request_pointer(field_error["loc"]),
            rule=field_error["type"],
            detail=field_error["msg"],
        )
        for field_error in error.errors()
    ]
    pointers = ", ".join(field_error.pointer for field_error in field_errors[:5])
    return problem_response(
        422,
        "request.invalid",
        "The request is not valid",
        f"Correct these fields and send the request again: {pointers}.",
        field_errors,
    )


async def _answer_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    rule = HTTP_RULES.get(error.status_code, f"http.{error.status_code}")
    return problem_response(
        error.status_code, rule, phrase, str(error.detail), headers=dict(error.headers or {})
    )


async def _answer_unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error(
        "request.dependency_unavailable", error=type(error).__name__, path=_route_template(request)
    )
    return problem_response(
        503,
        "service.unavailable",
        "Temporarily unavailable",
        "Something this service needs does not answer. Nothing was changed; try again shortly.",
        headers={"Retry-After": "2"},
    )


async def _answer_database_error(request: Request, error: Exception) -> JSONResponse:
    """Answers 503 for a lost connection or a conflict worth a retry, 409 for a duplicate.

    Anything else is a defect of the service: 500.
    """
    cause: object = error.orig if isinstance(error, DBAPIError) else error
    sqlstate = getattr(cause, "sqlstate", None) or ""
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    connection_lost = invalidated or sqlstate.startswith(("08", "53", "57P"))
    if connection_lost or sqlstate in ("40001", "40P01", "55P03", "57014"):
        return await _answer_unavailable(request, error)
    if sqlstate == "23505":
        return problem_response(
            409,
            "resource.exists",
            AlreadyExists.title,
            "Another request has just made the same thing. Read it and decide again.",
        )
    return await _answer_unexpected_error(request, error)


async def _answer_unexpected_error(request: Request, error: Exception) -> JSONResponse:
    log.error("request.failed", path=_route_template(request), exc_info=error)
    return problem_response(
        500,
        "service.defect",
        "Unexpected error",
        "The service failed; nothing was changed. Name the instance when you ask for help.",
    )


def _route_template(request: Request) -> str:
    """The route's path template: the path itself may hold numbers of certificates."""
    return getattr(request.scope.get("route"), "path", "unknown")
