"""What an OpenAPI document leaves unsaid, or says in a way of its own: words, bounds, envelopes.

What was there when this began stands in lists beside this file, which may only become shorter.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Gaps = Callable[[Mapping[str, Any]], Iterator[str]]
Schema = Mapping[str, Any]

BOUNDED_FORMATS = frozenset({"date", "date-time", "time", "uuid", "ipv4", "ipv6", "binary"})
"""Of text whose length its form bounds; bytes are bounded by the size of a request."""
_ENDLESS = ("*", "+", ",}")
"""What repeats without an end in a pattern."""


def list_operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation, by its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def list_undescribed(document: Mapping[str, Any]) -> Iterator[str]:
    """Members of schemas and parameters that have no description."""
    for name, schema in document["components"]["schemas"].items():
        for member, content in schema.get("properties", {}).items():
            if not content.get("description"):
                yield f"{name}.{member}"
    for place, parameter in _list_parameters(document):
        if not parameter.get("description"):
            yield place


def list_unbounded(document: Mapping[str, Any]) -> Iterator[str]:
    """Members and parameters whose text, number or list can have any size."""
    for name, schema in document["components"]["schemas"].items():
        yield from _list_unbounded_parts(name, schema)
    for place, parameter in _list_parameters(document):
        yield from _list_unbounded_parts(place, parameter["schema"])
    for place, content in _list_contents(document):
        if content["schema"].get("type") != "string":  # a file, or lines without an end
            yield from _list_unbounded_parts(place, content["schema"])


def list_without_example(document: Mapping[str, Any]) -> Iterator[str]:
    """Schemas of bodies and answers without an example, and those of which they are made."""
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object" and not schema.get("examples"):
            yield name


def list_examples(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema, Any]]:
    """Every example: its place, the schema that it is of, and itself."""
    for place, schema in _list_schemas(document):
        yield from ((place, schema, example) for example in schema.get("examples", []))
    for place, content in _list_contents(document):
        for example in content.get("examples", {}).values():
            yield place, content["schema"], example["value"]


def _list_schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Schemas, their members, and those of parameters."""
    for name, schema in document["components"]["schemas"].items():
        yield name, schema
        yield from (
            (f"{name}.{key}", member) for key, member in schema.get("properties", {}).items()
        )
    for place, parameter in _list_parameters(document):
        yield place, parameter["schema"]


def list_bare_arrays(document: Mapping[str, Any]) -> Iterator[str]:
    """Answers that are lists without an envelope: only those whose format others have fixed."""
    for place, content in _list_contents(document):
        if content["schema"].get("type") == "array" and not place.endswith(" body"):
            yield place


def list_mixed_times(document: Mapping[str, Any]) -> Iterator[str]:
    """Members and parameters that are named as days are, and hold instants, or the reverse."""
    for place, schema in _list_schemas(document):
        name = re.split(r"[ .]", place)[-1]
        wrong_format = {"on": "date-time", "at": "date"}.get(name.rpartition("_")[2])
        alternatives = (schema, *schema.get("anyOf", ()))
        if wrong_format and any(item.get("format") == wrong_format for item in alternatives):
            yield place


GAPS: Mapping[Path, Gaps] = {
    Path(__file__).parent / "undescribed.txt": list_undescribed,
    Path(__file__).parent / "unbounded.txt": list_unbounded,
    Path(__file__).parent / "without_example.txt": list_without_example,
    Path(__file__).parent / "bare_arrays.txt": list_bare_arrays,
    Path(__file__).parent / "mixed_times.txt": list_mixed_times,
}
"""The lists, and what each holds."""


def _list_parameters(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    for place, operation in list_operations(document):
        for parameter in operation.get("parameters", []):
            if "name" in parameter:  # what many share is referred to, and described once
                yield f"{place} {parameter['name']}", parameter


def _list_contents(document: Mapping[str, Any]) -> Iterator[tuple[str, Schema]]:
    """What operations take and answer, by media types; refusals are all alike."""
    for place, operation in list_operations(document):
        bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for name, body in bodies.items():
            contents = body.get("content", {}).values()
            yield from ((f"{place} {name}", content) for content in contents)


def _list_unbounded_parts(place: str, schema: Schema) -> Iterator[str]:
    """The place itself, its members and its items, as far as they have no bounds."""
    if not _is_bounded(schema):
        yield place
    for name, member in schema.get("properties", {}).items():
        yield from _list_unbounded_parts(f"{place}.{name}", member)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _list_unbounded_parts(f"{place}[]", schema[key])
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _list_unbounded_parts(place, alternative)


def _is_bounded(schema: Schema) -> bool:
    if "enum" in schema or "const" in schema or "contentMediaType" in schema:
        return True
    match schema.get("type"):
        case "string":
            pattern = schema.get("pattern")
            has_end = pattern is not None and not any(mark in pattern for mark in _ENDLESS)
            return "maxLength" in schema or schema.get("format") in BOUNDED_FORMATS or has_end
        case "integer" | "number":
            has_least = "minimum" in schema or "exclusiveMinimum" in schema
            return has_least and ("maximum" in schema or "exclusiveMaximum" in schema)
        case "array":
            return "maxItems" in schema
        case "object":
            return (
                "additionalProperties" not in schema
                or "maxProperties" in schema
                or not schema["additionalProperties"]
            )
    return True
