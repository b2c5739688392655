"""Entity tags, and links to the next page, of everything that the API answers to `GET`.

A route that knows a revision sets `ETag` itself; to a bare revision a digest is added here, since
one revision can look different on another day. Whatever has no tag gets a digest of its bytes: a
poller then gets 304 while nothing has changed. What is streamed has none, and neither has what
must not be stored.
"""

import re
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders

from shared.web.asgi import ASGI, Message, Receive, Send
from shared.web.conditional import content_tag, matches_etag
from shared.web.route_rules import SCOPE_KEY
from shared.web.route_table import JSON, RouteContract

CURSOR = "cursor"
"""The parameter of a list that takes what the page before gave as `next`."""

_BARE_REVISION = re.compile(r'"(\d{1,9})"')
_NEXT = re.compile(rb'"next":"([^"\\]{1,500})"\}\s*$')
"""The end of a page: `next` is its last member."""
_NEXT_CHARACTERS = 520


class EntityTags:
    """Gives whole answers of the API their tags, and answers 304 to who has them already."""

    def __init__(self, app: ASGI) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; only answers to `GET` of documented routes are changed."""
        route: RouteContract | None = scope.get(SCOPE_KEY)
        if route is None or not route.is_documented or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                start = message
                return None
            if start is None:
                return await send(message)
            first, start = start, None
            if not message.get("more_body", False):
                body = message.get("body", b"")
                _add_link(first, body, scope, route)
                if _tag_answer(first, body, scope):
                    first["status"] = HTTPStatus.NOT_MODIFIED
                    _drop_content_headers(first)
                    message = {**message, "body": b""}
            await send(first)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _tag_answer(start: Message, body: bytes, scope: Message) -> bool:
    """Sets `ETag` and `Cache-Control`; whether the client has this answer already."""
    headers = MutableHeaders(scope=start)
    request_headers = Headers(scope=scope)
    tag = headers.get("ETag")
    if tag is None and "no-store" in headers.get("Cache-Control", ""):
        return False
    revision = _BARE_REVISION.fullmatch(tag or "")
    if tag is None or revision is not None:
        tag = content_tag(body, revision[1] if revision else "")
        headers["ETag"] = tag
    is_private = "Authorization" in request_headers
    headers.setdefault("Cache-Control", "private, no-cache" if is_private else "no-cache")
    if_none_match = ",".join(request_headers.getlist("If-None-Match"))
    return bool(if_none_match) and matches_etag(tag, if_none_match)


def _drop_content_headers(start: Message) -> None:
    """A 304 says nothing of a content that it does not have."""
    headers = MutableHeaders(scope=start)
    for name in ("Content-Length", "Content-Type"):
        del headers[name]


def _add_link(start: Message, body: bytes, scope: Message, route: RouteContract) -> None:
    """`Link` with `next`, where the answer is a page that another one follows (RFC 8288)."""
    if CURSOR not in route.query_names:
        return
    headers = MutableHeaders(scope=start)
    match = _NEXT.search(body, max(0, len(body) - _NEXT_CHARACTERS))
    if match is None or not headers.get("Content-Type", "").startswith(JSON):
        return
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept_pairs = [(name, value) for name, value in pairs if name != CURSOR]
    query = urlencode([*kept_pairs, (CURSOR, match[1].decode())])
    path = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace")
    headers.append("Link", f'<{path}?{query}>; rel="next"')
