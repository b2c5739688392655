"""Compression of the API's answers: zstd, brotli or gzip, as the client takes them.

The encoder is starlette-compress's, which streams what is streamed. Left alone are pages, whose
forms hold secrets beside what a stranger can put into them (the attack named BREACH), and every
answer that must not be stored, since answers with secrets are among those.

Each coding of a representation has an entity tag of its own (RFC 9110, 8.8.3.3): `"3"` is sent as
`"3.gzip"`. What a client sends back is understood without the coding, in `If-Match` as well.
"""

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette_compress import CompressMiddleware, add_compress_type

from shared import ndjson
from shared.web.asgi import ASGI, Message, Receive, Send
from shared.web.sessions import SAFE_METHODS

PREFIXES = ("/v1/", "/openapi/")
MINIMUM_BYTES = 1400
"""A smaller answer goes in one packet anyway."""

LEVEL = 4
"""Of each encoder: little time for most of what there is to gain."""

_CODED_TAG = re.compile(r'\.(?:zstd|br|gzip)"')
_CONDITIONS = (b"if-match", b"if-none-match")
_SEND_KEY = "attesta.uncompressed_send"

add_compress_type(ndjson.MEDIA_TYPE)
add_compress_type("application/problem+json")


class Compression:
    """Compresses answers of the API by the client's `Accept-Encoding`."""

    def __init__(self, app: ASGI) -> None:
        self._app = app
        self._compress = CompressMiddleware(
            self._choose_way,
            minimum_size=MINIMUM_BYTES,
            zstd_level=LEVEL,
            brotli_quality=LEVEL,
            gzip_level=LEVEL,
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handles one HTTP request; what is not the API's passes through."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            return await self._app(scope, receive, send)
        coded_tags = _strip_codings(scope)

        is_read = scope["method"] in SAFE_METHODS

        async def send_with_own_tag(message: Message) -> None:
            # The answer to a command has the tag of the resource, which is in no coding.
            if is_read and message["type"] == "http.response.start":
                _set_own_tag(message, coded_tags)
            await send(message)

        scope[_SEND_KEY] = send
        await self._compress(scope, receive, send_with_own_tag)

    async def _choose_way(self, scope: Message, receive: Receive, send: Send) -> None:
        """Sends what must not be stored past the encoder."""
        chosen_send: Send | None = None

        async def send_either_way(message: Message) -> None:
            nonlocal chosen_send
            if chosen_send is None:
                is_secret = "no-store" in Headers(raw=message["headers"]).get("cache-control", "")
                chosen_send = scope[_SEND_KEY] if is_secret else send
            await chosen_send(message)

        await self._app(scope, receive, send_either_way)


def _strip_codings(scope: Message) -> str:
    """Takes the codings out of the tags in the request's conditions; returns those conditions."""
    conditions = [
        value.decode("latin-1") for name, value in scope["headers"] if name in _CONDITIONS
    ]
    if conditions:
        scope["headers"] = [
            (name, _CODED_TAG.sub('"', value.decode("latin-1")).encode("latin-1"))
            if name in _CONDITIONS
            else (name, value)
            for name, value in scope["headers"]
        ]
    return ",".join(conditions)


def _set_own_tag(start: Message, coded_tags: str) -> None:
    """Names the coding in the answer's tag; in a 304 the coding that the client has."""
    headers = MutableHeaders(scope=start)
    tag = headers.get("ETag")
    if tag is None:
        return
    coding = headers.get("Content-Encoding")
    if coding is not None:
        headers["ETag"] = f'{tag[:-1]}.{coding}"'
    elif start["status"] == HTTPStatus.NOT_MODIFIED:
        client_tag = re.search(rf'{re.escape(tag[:-1])}\.(?:zstd|br|gzip)"', coded_tags)
        headers["ETag"] = client_tag[0] if client_tag else tag
