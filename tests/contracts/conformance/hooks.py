"""What schemathesis cannot make of a document: lines of JSON, tables, messages of mail."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import schemathesis
from hypothesis import strategies

from shared import ndjson
from shared.web.contents import CSV_TYPE

MAIL_TYPE = "message/rfc822"

_ROW = strategies.fixed_dictionaries(
    {
        "number": strategies.sampled_from(["07.01000.00.00000001.29", "07.01000.00.00000009.29"]),
        "issued_on": strategies.dates().map(str) | strategies.text(max_size=12),
    }
)
_RECORD = strategies.fixed_dictionaries(
    {"id": strategies.uuids().map(str), "digest": strategies.text("0123456789abcdef", max_size=64)}
)
_ROWS = strategies.lists(_ROW, max_size=4)
_LINES = strategies.lists(_ROW | _RECORD, max_size=4)


def _write_lines(rows: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _write_table(rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["number", "issued_on"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


@schemathesis.serializer(ndjson.MEDIA_TYPE, CSV_TYPE, MAIL_TYPE)
def write_text(_: Any, value: Any) -> bytes:
    """A body that is made already, or the text of an example."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Leaves the examples of tables to `_ROWS`: bodies made here are bytes, and those are text."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {})
            content.get(CSV_TYPE, {}).pop("example", None)


schemathesis.openapi.media_type(
    ndjson.MEDIA_TYPE, _LINES.map(_write_lines) | strategies.binary(max_size=50)
)
schemathesis.openapi.media_type(CSV_TYPE, _ROWS.map(_write_table) | strategies.binary(max_size=50))
schemathesis.openapi.media_type(
    MAIL_TYPE, strategies.binary(max_size=200) | strategies.just(b"Subject: none\r\n\r\nnone")
)
