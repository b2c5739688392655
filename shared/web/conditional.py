"""Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13)."""

import hashlib
import re
from collections.abc import Iterator

from fastapi import Request, Response

WEAK = "W/"
ANY_TAG = "*"
DIGEST_CHARACTERS = 32
"""Of a tag that is a digest: 128 bits of it."""

_TAG = re.compile(r'(?P<weak>W/)?"(?P<content>[\x21\x23-\x7e\x80-\xff]*)"')
_ONE_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAG_LIST = re.compile(rf"[ \t,]*{_ONE_TAG}(?:[ \t]*,[ \t]*(?:{_ONE_TAG})?)*[ \t]*")


def etag(version: int, *qualifiers: object) -> str:
    """The entity tag of a resource's version, such as `"3.valid"`.

    `qualifiers` are what else the representation depends on, such as a state that changes with
    the day.
    """
    return f'"{".".join(map(str, (version, *qualifiers)))}"'


def content_tag(content: bytes, revision: str = "") -> str:
    """The entity tag of these bytes; after a revision, a shorter digest tells its forms apart."""
    digest = hashlib.sha256(content).hexdigest()
    return f'"{revision}.{digest[:16]}"' if revision else f'"{digest[:DIGEST_CHARACTERS]}"'


def list_tags(header: str) -> Iterator[tuple[bool, str]]:
    """The tags of `If-Match` or `If-None-Match`: whether each is weak, and what it quotes."""
    for match in _TAG.finditer(header):
        yield match["weak"] is not None, match["content"]


def is_tag_list(header: str) -> bool:
    """Whether it is a list of entity tags as RFC 9110 writes them."""
    return _TAG_LIST.fullmatch(header) is not None


def matches_etag(tag: str, if_none_match: str) -> bool:
    """Whether `If-None-Match` names this tag: the client has the representation already.

    Tags are compared weakly, as RFC 9110 asks for here; `*` names whatever there is.
    """
    if if_none_match.strip() == ANY_TAG:
        return True
    content = tag.removeprefix(WEAK).strip('"')
    return any(client_content == content for _, client_content in list_tags(if_none_match))


def apply_etag(request: Request, response: Response, tag: str) -> Response | None:
    """Sets `ETag` on the response; returns a 304 when the client has that tag, else None.

    Caches may keep the answer and must revalidate it.
    """
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if matches_etag(tag, ",".join(request.headers.getlist("If-None-Match"))):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return None
