"""A problem as a document for programs (RFC 9457), in the language that they ask for.

    {"type": "https://<site>/problems/lifecycle.transition", "title": ..., "status": 409,
     "detail": ..., "instance": "urn:attesta:request:<correlation id>",
     "rule": "lifecycle.transition",
     "errors": [{"pointer": "/consent", "rule": "value.required", "detail": ...}]}

`rule` is stable and for machines; `detail` says to a person what is wrong and what to do. `type`
leads to the page that explains the rule. Without `Accept-Language` the words are English.
"""

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from shared import tracing
from shared.errors import FieldError
from shared.locale.field_errors import (
    MAX_FIELD_ERRORS,
    PLAIN_LANGUAGE,
    say_field_error,
    say_refusal,
)
from shared.locale.translator import Translator
from shared.schemas import RuleCode, Sentences
from shared.web.client_language import choose_translator
from shared.web.problems import FieldProblem, ProblemDescription
from shared.web.resources import get_resources

MEDIA_TYPE = "application/problem+json"
PAGES_PATH = "/problems"
"""Below it each rule has its page."""


class Problem(BaseModel):
    """A problem document (RFC 9457): why a request was refused."""

    type: Sentences = Field(
        description="address of the page that explains the rule",
        examples=["https://attesta.example.org/problems/request.invalid"],
        json_schema_extra={"format": "uri"},
    )
    title: Sentences = Field(
        description="kind of refusal, for people", examples=["The request is not valid"]
    )
    status: int = Field(ge=400, le=599, description="status of the answer", examples=[422])
    detail: Sentences = Field(
        description="what is wrong and what to do, for people",
        examples=["Correct these fields and send the request again: /issued_on."],
    )
    instance: Sentences = Field(
        description="the request; name it when you ask for help",
        examples=["urn:attesta:request:order-66"],
    )
    rule: RuleCode = Field(
        description="broken rule, as `/v1/problems` lists it; stable", examples=["request.invalid"]
    )
    errors: list[FieldError] = Field(
        default_factory=list,
        max_length=MAX_FIELD_ERRORS,
        description="what is wrong with single members of the request: the first of them",
    )


def problem_response(request: Request, problem: ProblemDescription) -> JSONResponse:
    """The problem as a document."""
    t = choose_translator(request)
    is_plain = t.language == PLAIN_LANGUAGE
    body = Problem(
        type=f"{get_resources(request).settings.site_url}{PAGES_PATH}/{problem.rule}",
        title=problem.title if is_plain else _say_title(t, problem),
        status=problem.status,
        detail=problem.detail
        if is_plain
        else say_refusal(t, problem.rule, problem.values, problem.detail),
        instance=f"urn:attesta:request:{tracing.current_trace().correlation_id}",
        rule=problem.rule,
        errors=[_describe_field(item, t) for item in problem.field_problems[:MAX_FIELD_ERRORS]],
    )
    headers = {"Content-Language": t.language, **problem.headers}
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Language")))
    content = {**problem.extra, **body.model_dump(mode="json")}
    return JSONResponse(content, problem.status, headers, MEDIA_TYPE)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: these statuses answer with a problem document."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _say_title(t: Translator, problem: ProblemDescription) -> str:
    key = f"problem.title.{problem.status}"
    return t(f"problem.title.{problem.status}") if key in t else problem.title


def _describe_field(problem: FieldProblem, t: Translator) -> FieldError:
    detail = say_field_error(
        t, problem.rule, problem.values, problem.detail, wording=problem.wording
    )
    return FieldError(pointer=problem.pointer, rule=problem.rule, detail=detail)
