"""The one place where an error becomes an answer: a page for a person, a document for a program."""

import hashlib
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared import logs, tracing
from shared.database_errors import DATABASE_ERRORS, unwrap_database_error
from shared.errors import DomainError
from shared.web.problem_documents import problem_response
from shared.web.problems import (
    UNAVAILABLE_ERRORS,
    ProblemDescription,
    describe_problem,
)
from shared.web.repetition import run_again

log = logs.get_logger(__name__)


class FailurePages(Protocol):
    """The pages that tell people of failures."""

    def covers(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether people read what this address answers."""
        ...

    async def render_failure(self, request: Request, problem: ProblemDescription) -> Response:
        """The page that tells of the problem; never raises."""
        ...


def install_error_handlers(app: FastAPI, failure_pages: FailurePages | None = None) -> None:
    """Answers every error of the application by `answer_error`."""
    app.state.failure_pages = failure_pages
    for error_class in (
        *(DomainError, RequestValidationError, HTTPException),
        *(*UNAVAILABLE_ERRORS, *DATABASE_ERRORS, Exception),
    ):
        app.add_exception_handler(error_class, answer_error)


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to a request that failed with this error, which the log tells where it is ours."""
    problem = describe_problem(error)
    if problem.is_repeatable and run_again(request.scope, error):
        return Response(status_code=problem.status)  # nobody gets it
    path = _route_template(request)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request.failed", path=path, incident=incident_number(), exc_info=error)
    elif problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.error("request.dependency_unavailable", error=_name_error(error), path=path)
    return await answer_problem(request, problem)


async def answer_problem(request: Request, problem: ProblemDescription) -> Response:
    """The problem as a page where people read what the address answers, else as a document."""
    failure_pages = find_failure_pages(request.scope)
    if failure_pages is None:
        return problem_response(request, problem)
    return await failure_pages.render_failure(request, problem)


def find_failure_pages(scope: MutableMapping[str, Any]) -> FailurePages | None:
    """The pages that tell of a failure at this address; None where programs read the answer."""
    failure_pages: FailurePages | None = getattr(scope["app"].state, "failure_pages", None)
    return failure_pages if failure_pages is not None and failure_pages.covers(scope) else None


def incident_number() -> str:
    """The number by which a person names a failure, such as `4264-A4B7`.

    It is made of the request's correlation id, which callers may choose, and stands in the log.
    """
    correlation_id = tracing.current_trace().correlation_id
    digits = hashlib.sha256(correlation_id.encode()).hexdigest()[:8].upper()
    return f"{digits[:4]}-{digits[4:]}"


def _name_error(error: Exception) -> str:
    return type(unwrap_database_error(error)).__name__


def _route_template(request: Request) -> str:
    """The route's path template: the path itself may hold numbers of certificates."""
    return getattr(request.scope.get("route"), "path", "unknown")
