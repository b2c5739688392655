"""Entity tags and conditional requests (RFC 9110, section 13)."""

from fastapi import Request, Response


def etag(version: int, *marks: object) -> str:
    """The entity tag of a resource's version.

    `marks` are what else the representation depends on, such as a state that changes with the day.
    """
    return f'"{".".join(map(str, (version, *marks)))}"'


def is_held(tag: str, if_none_match: str) -> bool:
    """Whether the client says that it has the representation with this tag."""
    return tag in {part.strip().removeprefix("W/") for part in if_none_match.split(",")}


def conditional(request: Request, response: Response, tag: str) -> Response | None:
    """Marks the response with the tag; the answer 304 when the client has that one already.

    Caches may keep the answer and must ask whether it still holds.
    """
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if is_held(tag, request.headers.get("If-None-Match", "")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return None
