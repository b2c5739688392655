"""What was typed into a form whose request failed: its bytes are kept while the route reads them.

The route may have read all of the body, some, or nothing when it fails, through another `Request`
than the one that tells of the failure; and an unexpected error leaves no `Request` at all. So the
first bytes are kept aside as they come, up to a limit, for the one page that may need them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

MAX_RECORDED_BYTES = 256 * 1024
"""What is kept of a body. Longer texts than a person types are files."""

MAX_RECORDED_FIELDS = 500

DRAIN_SECONDS = 2.0
"""For so long is waited for the part of a body that the route did not read."""

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_SCOPE_KEY = "attesta.form_record"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class RecordedForm:
    """The fields of a failed form, in their order; files are left out.

    `is_whole` is False where some fields may be missing: too large, or never sent to the end.
    """

    fields: tuple[tuple[str, str], ...]
    has_files: bool
    is_whole: bool


NO_FORM = RecordedForm((), has_files=False, is_whole=True)


@dataclass(slots=True)
class _FormRecord:
    receive: Receive
    content: bytearray = field(default_factory=bytearray)
    is_truncated: bool = False
    has_ended: bool = False

    async def receive_and_record(self) -> Message:
        message = await self.receive()
        body: bytes = message.get("body", b"")
        space = MAX_RECORDED_BYTES - len(self.content)
        self.content += body[:space]
        self.is_truncated |= len(body) > space
        self.has_ended |= not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Receives what the route left, as far as it is kept."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.has_ended and not self.is_truncated:
                    await self.receive_and_record()
        except (TimeoutError, HTTPException):
            return


def record_form(scope: MutableMapping[str, Any], receive: Receive) -> Receive:
    """Keeps the body of a form aside while it is received; anything else passes unkept."""
    content_type = Headers(scope=scope).get("content-type", "").lower()
    if not content_type.startswith((URLENCODED, MULTIPART)):
        return receive
    record = _FormRecord(receive)
    scope[_SCOPE_KEY] = record
    return record.receive_and_record


async def read_recorded_form(scope: MutableMapping[str, Any]) -> RecordedForm:
    """The fields of the form that this request sent, as far as they were kept; never raises."""
    record: _FormRecord | None = scope.get(_SCOPE_KEY)
    if record is None:
        return NO_FORM
    await record.drain()
    is_whole = record.has_ended and not record.is_truncated
    try:
        form = await _parse_form(Headers(scope=scope), bytes(record.content))
    except (MultiPartException, UnicodeError, ValueError):
        return RecordedForm((), has_files=False, is_whole=False)
    items = form.multi_items()
    fields = tuple((name, value) for name, value in items if isinstance(value, str))
    await form.close()
    return RecordedForm(fields, has_files=len(fields) < len(items), is_whole=is_whole)


async def _parse_form(headers: Headers, content: bytes) -> FormData:
    """The form in these bytes; what stands behind its last whole field is left out."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield content

    if headers["content-type"].lower().startswith(MULTIPART):
        return await MultiPartParser(
            headers, stream(), max_fields=MAX_RECORDED_FIELDS, max_part_size=MAX_RECORDED_BYTES
        ).parse()
    return await FormParser(
        headers, stream(), max_fields=MAX_RECORDED_FIELDS, max_part_size=MAX_RECORDED_BYTES
    ).parse()
