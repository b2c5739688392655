"""What was typed into a form whose request failed: its bytes are kept while the route reads them.

The route may have read all of the body, some, or nothing when it fails, through another `Request`
than the one that tells of the failure; and an unexpected error leaves no `Request` at all. So the
first bytes are kept aside as they come, up to a limit, for the one page that may need them.
"""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from shared.web.asgi import Message, Receive

MAX_RECORDED_BYTES = 256 * 1024
"""What is kept of a body. Longer texts than a person types are files."""

MAX_RECORDED_FIELDS = 500

DRAIN_SECONDS = 2.0
"""For so long is waited for the part of a body that the route did not read."""

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_SCOPE_KEY = "attesta.form_record"


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
    content, content_type = bytes(record.content), Headers(scope=scope)["content-type"]
    try:
        if content_type.lower().startswith(MULTIPART):
            return _parse_multipart(content, content_type, is_whole=is_whole)
        text = content.decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_RECORDED_FIELDS)
    except (FormParserError, ValueError):
        return RecordedForm((), has_files=False, is_whole=False)
    return RecordedForm(tuple(pairs), has_files=False, is_whole=is_whole)


def _parse_multipart(content: bytes, content_type: str, *, is_whole: bool) -> RecordedForm:
    """The whole fields in these bytes; of a part that is cut off is only told whether it is a file.

    Raises `FormParserError`.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    fields: list[tuple[str, str]] = []
    file_names: list[bytes] = []

    def add_field(parsed_field: Field) -> None:
        name, value = parsed_field.field_name or b"", parsed_field.value or b""
        fields.append((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")))

    def add_file(parsed_file: File) -> None:
        if parsed_file.file_name:  # blank: nothing was chosen
            file_names.append(parsed_file.file_name)
        parsed_file.close()

    limits = {"MAX_FIELDS": MAX_RECORDED_FIELDS, "MAX_MEMORY_FILE_SIZE": 2 * MAX_RECORDED_BYTES}
    parser = FormParser(MULTIPART, add_field, add_file, boundary=boundary, config=limits)
    parser.write(content)
    last_part = content.rpartition(b"--" + boundary)[2].partition(b"\r\n\r\n")[0]
    is_cut_file = not is_whole and b"filename=" in last_part
    if len(fields) > MAX_RECORDED_FIELDS:
        raise FormParserError("too many fields")
    return RecordedForm(tuple(fields), bool(file_names) or is_cut_file, is_whole=is_whole)
