"""What an error says to whoever asked: the one description of which answers are made.

Programs get it as an RFC 9457 problem document (`shared.web.problem_documents`), people as a page
in their language (`shared.pages.failures`). Nothing that the client sent is repeated, but for the
names of parameters that are not known; an unexpected error says no more than that it happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from shared.commits import CommitState, current_commit_state
from shared.database_errors import (
    BROKEN_OFF_STATE,
    DATABASE_ERRORS,
    is_connection_lost,
    is_worth_repeating,
    read_sqlstate,
)
from shared.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    NotFound,
    RuleViolation,
    SameAnswer,
    StaleVersion,
    TooManyRequests,
    TransientFailure,
    Unauthenticated,
    request_pointer,
)
from shared.field_rules import name_field_rule
from shared.web.challenges import build_challenge

STATUS_BY_ERROR: dict[type[DomainError], int] = {
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    RuleViolation: 422,
    StaleVersion: 412,
    SameAnswer: 412,
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
    429: "limit.requests",
    503: "service.unavailable",
}

UNAVAILABLE_ERRORS = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TransientFailure,
)
"""Something that the service needs does not answer."""

RETRY_SECONDS = "2"
"""In `Retry-After`, where nobody knows better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field; `values` fill the placeholders of the rule's message.

    `wording` is the message by which pages say it, where it is more particular than the rule's.
    """

    pointer: str
    rule: str
    detail: str
    values: Mapping[str, object] = field(default_factory=dict)
    wording: str = ""

    @property
    def name(self) -> str:
        """The field's own name: the last part of the pointer; blank for the whole body."""
        return self.pointer.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDescription:
    """What an error says, before it is a document or a page.

    `values` fill the placeholders of the rule's message. `headers` are those of the answer,
    `extra` further members of the document. `may_be_saved` says that the change may have been
    committed before the failure; `is_repeatable` that nothing was, and that the same request may
    succeed at once.
    """

    status: int
    rule: str
    title: str
    detail: str
    field_problems: Sequence[FieldProblem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)
    may_be_saved: bool = False
    is_repeatable: bool = False


def describe_problem(error: Exception) -> ProblemDescription:
    """What this error says; what is neither ours nor known is a defect of the service."""
    if isinstance(error, DomainError):
        return _describe_domain_error(error)
    if isinstance(error, RequestValidationError):
        return _describe_invalid_request(error)
    if isinstance(error, HTTPException):
        return _describe_http_error(error)
    if isinstance(error, DATABASE_ERRORS):
        return _describe_database_error(error)
    # A page's template that is missing is an OSError as well, and a defect.
    if isinstance(error, UNAVAILABLE_ERRORS) and not isinstance(error, LookupError):
        return _describe_unavailability()
    return _describe_defect()


def _describe_domain_error(error: DomainError) -> ProblemDescription:
    status = next(
        STATUS_BY_ERROR[error_class]
        for error_class in type(error).__mro__
        if error_class in STATUS_BY_ERROR
    )
    headers: Mapping[str, str] = build_challenge(error)
    if isinstance(error, TooManyRequests):
        headers = error.headers
    field_problems = []
    if error.field:
        field_problem = FieldProblem(
            pointer=error.field, rule=error.rule, detail=error.detail, values=error.values
        )
        field_problems.append(field_problem)
    return ProblemDescription(
        status=status,
        rule=error.rule,
        title=error.title,
        detail=error.detail,
        field_problems=field_problems,
        headers=headers,
        extra=error.extra,
        values=error.values,
    )


def _describe_invalid_request(error: RequestValidationError) -> ProblemDescription:
    field_problems = [
        FieldProblem(
            pointer=request_pointer(field_error["loc"]),
            rule=name_field_rule(field_error["type"]),
            detail=field_error["msg"],
            values=field_error.get("ctx", {}),
            wording=field_error["type"],
        )
        for field_error in error.errors()
    ]
    pointers = ", ".join(field_problem.pointer for field_problem in field_problems[:5])
    return ProblemDescription(
        status=422,
        rule="request.invalid",
        title="The request is not valid",
        detail=f"Correct these fields and send the request again: {pointers}.",
        field_problems=field_problems,
    )


def _describe_http_error(error: HTTPException) -> ProblemDescription:
    """What the framework refuses by itself; whoever is sent away is told for how long."""
    headers = dict(error.headers or {})
    if error.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers.setdefault("Retry-After", RETRY_SECONDS)
    return ProblemDescription(
        status=error.status_code,
        rule=HTTP_RULES.get(error.status_code, f"http.{error.status_code}"),
        title=HTTPStatus(error.status_code).phrase,
        detail=str(error.detail),
        headers=headers,
    )


def _describe_database_error(error: DBAPIError | asyncpg.PostgresError) -> ProblemDescription:
    """503 for a lost connection or a conflict worth a retry, 409 for a duplicate.

    Anything else is a defect of the service: 500.
    """
    sqlstate = read_sqlstate(error)
    is_lost = is_connection_lost(error)
    is_refused = bool(sqlstate) and not is_lost
    if is_worth_repeating(error):
        return _describe_unavailability(is_refused=True, is_repeatable=True)
    if is_lost or sqlstate == BROKEN_OFF_STATE or isinstance(error, UNAVAILABLE_ERRORS):
        return _describe_unavailability(is_refused=is_refused)
    if sqlstate == "23505":
        return ProblemDescription(
            status=409,
            rule="resource.exists",
            title=AlreadyExists.title,
            detail="Another request has just made the same thing. Read it and decide again.",
        )
    return _describe_defect(is_refused=is_refused)


def _describe_unavailability(
    *, is_refused: bool = False, is_repeatable: bool = False
) -> ProblemDescription:
    may_be_saved = _may_be_saved(is_refused=is_refused)
    outcome = _OUTCOMES[may_be_saved]
    return ProblemDescription(
        status=503,
        rule="service.unavailable",
        title="Temporarily unavailable",
        detail=f"Something this service needs does not answer. {outcome} Try again shortly.",
        headers={"Retry-After": RETRY_SECONDS},
        may_be_saved=may_be_saved,
        is_repeatable=is_repeatable and not may_be_saved,
    )


def _describe_defect(*, is_refused: bool = False) -> ProblemDescription:
    may_be_saved = _may_be_saved(is_refused=is_refused)
    return ProblemDescription(
        status=500,
        rule="service.defect",
        title="Unexpected error",
        detail=f"The service failed. {_OUTCOMES[may_be_saved]} "
        "Name the instance when you ask for help.",
        may_be_saved=may_be_saved,
    )


_OUTCOMES = {
    False: "Nothing was changed.",
    True: "The change may have been made: read it before you send it again.",
}


def _may_be_saved(*, is_refused: bool) -> bool:
    """Whether this request's change may stand in the database although the request failed.

    `is_refused` says that the database itself refused the statement, and so the transaction.
    """
    state = current_commit_state()
    return state is CommitState.COMPLETE or (state is CommitState.PENDING and not is_refused)
