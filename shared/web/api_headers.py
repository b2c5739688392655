"""The headers of answers, as the OpenAPI document describes them once for all operations."""

from typing import Any

MAX_HEADER_CHARACTERS = 4000


def _describe_header(description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_HEADER_CHARACTERS}
    return {"description": description, "schema": schema, "example": example}


HEADERS: dict[str, dict[str, Any]] = {
    "Content-Language": _describe_header("The language of `title` and `detail`.", "en"),
    "Deprecation": _describe_header(
        "Since when this operation should no longer be used (RFC 9745).", "@1798761600"
    ),
    "ETag": _describe_header(
        "The representation's tag, for If-None-Match; of what has revisions, for If-Match.", '"3"'
    ),
    "Link": _describe_header(
        "The next page, where there is one; of an operation that ends, what takes its place"
        " (RFC 8288).",
        '</v1/notices?cursor=WyJh>; rel="next"',
    ),
    "Location": _describe_header("The address of what was made.", "/v1/verification/jobs/6f2a"),
    "RateLimit": _describe_header(
        "What is left of the limit, and the seconds until more is"
        " (draft-ietf-httpapi-ratelimit-headers).",
        '"questions";r=99;t=12',
    ),
    "RateLimit-Policy": _describe_header(
        "The limit: how many in how many seconds.", '"questions";q=100;w=60'
    ),
    "Retry-After": {
        "description": "The seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 86400},
        "example": 2,
    },
    "Sunset": _describe_header(
        "When this operation may end (RFC 8594).", "Fri, 01 Jan 2027 00:00:00 GMT"
    ),
    "WWW-Authenticate": _describe_header(
        "What the token lacks (RFC 6750): `error`, and the scopes one of which would do.",
        'Bearer realm="attesta", error="insufficient_scope", scope="registry:feed"',
    ),
    "X-Correlation-ID": _describe_header(
        "The request's id, in every log line; the caller's own, where one was sent.", "order-66"
    ),
}


PARAMETERS: dict[str, dict[str, Any]] = {
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of what the caller has, or a list of them: 304 where it is"
        " still so.",
        "schema": {"type": "string"},
        "example": '"3.valid"',
    }
}
"""The parameters that many operations have by a rule of HTTP, not by their declarations."""

IF_NONE_MATCH = {"$ref": "#/components/parameters/If-None-Match"}


def list_headers(*names: str) -> dict[str, dict[str, str]]:
    """References to these headers, for one response."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
