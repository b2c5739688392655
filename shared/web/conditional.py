"""Entity tags and conditional requests (RFC 9110, section 13)."""

from fastapi import Request, Response


def etag(version: int, *qualifiers: object) -> str:
    """The entity tag of a resource's version, such as `"3.valid"`.

    `qualifiers` are what else the representation depends on, such as a state that changes with
    the day.
    """
    return f'"{".".join(map(str, (version, *qualifiers)))}"'


def matches_etag(tag: str, if_none_match: str) -> bool:
    """Whether `If-None-Match` names this tag: the client has the representation already."""
    return tag in {candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")}


def apply_etag(request: Request, response: Response, tag: str) -> Response | None:
    """Sets `ETag` on the response; returns a 304 when the client has that tag, else None.

    Caches may keep the answer and must revalidate it.
    """
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if matches_etag(tag, request.headers.get("If-None-Match", "")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return None
