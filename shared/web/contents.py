"""What a body holds that is not one JSON value, lines, tables and files, and what answers have not.

A route's declaration says it by these, and the OpenAPI document says it after that.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any

from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from shared import ndjson
from shared.text_contents import JSON_TYPE, TextContent

BINARY_TYPE = "application/octet-stream"
CSV_TYPE = "text/csv"
OMITTED_HEADERS = "omitted_headers"
"""In a route's `responses[status]`: the names of headers that it has not."""
ADDED_HEADERS = "added_headers"
"""The same of headers that it has beyond those of its kind."""

_DEFINITIONS = "#/components/schemas/{model}"


class LineStream(StreamingResponse):
    """A stream of lines of JSON, whose last line says that it was not broken off."""

    media_type = ndjson.MEDIA_TYPE


class TableStream(StreamingResponse):
    """A stream of rows of CSV."""

    media_type = f"{CSV_TYPE}; charset=utf-8"


class FileStream(StreamingResponse):
    """A file as it came: browsers keep it, and never show it."""

    media_type = BINARY_TYPE


def describe_lines(*line_types: Any) -> dict[str, Any]:
    """For a route's `responses[200]`: NDJSON whose lines are of these types, in this order."""
    return {"model": _type_lines(line_types)}


def describe_line_body(line_type: Any) -> dict[str, Any]:
    """The content of a request's body of NDJSON, each of whose lines is of this type."""
    return {ndjson.MEDIA_TYPE: {"schema": _build_body_schema(_type_lines([line_type]))}}


def describe_json_body(body_type: Any) -> dict[str, Any]:
    """The content of a request's body of JSON that the route reads by itself."""
    return {JSON_TYPE: {"schema": _build_body_schema(body_type)}}


def describe_table(example: str) -> dict[str, Any]:
    """The content of CSV whose columns the example shows."""
    return {CSV_TYPE: {"schema": {"type": "string"}, "example": example}}


def describe_file(media_type: str, *, is_stored: bool = True) -> dict[str, Any]:
    """For a route's `responses[200]`: a file that browsers save under its name.

    One that no cache may store (`is_stored`) has no entity tag.
    """
    return {"content": {media_type: {}}, **({} if is_stored else omit_headers("ETag"))}


def omit_headers(*names: str) -> dict[str, Any]:
    """For a route's `responses[status]`: these headers others have, and this answer has not."""
    return {OMITTED_HEADERS: names}


def add_headers(*names: str) -> dict[str, Any]:
    """For a route's `responses[status]`: this answer has these headers, too."""
    return {ADDED_HEADERS: names}


def _type_lines(line_types: Sequence[Any]) -> Any:
    line_type = reduce(or_, line_types)
    return Annotated[str, TextContent(ndjson.MEDIA_TYPE, GenericAlias(list, (line_type,)))]


def _build_body_schema(body_type: Any) -> dict[str, Any]:
    return TypeAdapter(body_type).json_schema(mode="validation", ref_template=_DEFINITIONS)
