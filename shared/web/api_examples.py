"""Examples of the OpenAPI document's schemas, composed of the examples of their members.

What is said once where a type is declared (`Field(examples=[...])`) stands then in every body and
answer that holds it. A schema with examples of its own keeps them; one in which a member that is
required has none gets none.
"""

from collections.abc import Mapping
from typing import Any, Final

from fastapi.routing import RouteContext

REFERENCE = "#/components/schemas/"
MAX_DEPTH = 8
"""Levels of schemas within schemas: real ones have five; a tree of rules has no end."""

NOTHING: Final = object()
"""Instead of an example, where there is none; None is one."""

_BY_FORMAT: Mapping[str, str] = {
    "date": "2026-03-02",
    "date-time": "2026-03-02T09:00:00Z",
    "uuid": "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01",
    "uri": "https://portal.example.org/hooks",
    "email": "person@example.org",
}
"""Of text whose form says enough."""


_FILE = "(bytes of the file)"


def add_examples(schemas: dict[str, Any]) -> None:
    """Gives every object among the schemas its `examples`, where they can be composed."""
    for schema in schemas.values():
        if "examples" not in schema and schema.get("type") == "object":
            example = compose_example(schema, schemas)
            if example is not NOTHING:
                schema["examples"] = [example]


def compose_example(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:
    """An example of this schema, or `NOTHING`; references lead into `schemas`."""
    own_example = _find_own_example(schema)
    if own_example is not NOTHING or depth > MAX_DEPTH:
        return own_example
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return compose_example(schemas[name], schemas, depth + 1)
    alternatives = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or ()
    composed = (compose_example(alternative, schemas, depth + 1) for alternative in alternatives)
    if alternatives:
        return next((example for example in composed if example is not NOTHING), NOTHING)
    if schema.get("type") == "object":
        return _compose_object(schema, schemas, depth)
    if schema.get("type") == "array":
        item = compose_example(schema.get("items", {}), schemas, depth + 1)
        return _repeat_item(item, schema.get("minItems", 0))
    return _choose_by_type(schema)


def restore_examples(operation: dict[str, Any], context: RouteContext) -> None:
    """The examples of a route as it declares them: FastAPI leaves out members that are null."""
    for status, declared_response in context.responses.items():
        contents = operation["responses"].get(str(status), {}).get("content", {})
        for media_type, declared_content in declared_response.get("content", {}).items():
            if "examples" in declared_content and media_type in contents:
                contents[media_type]["examples"] = declared_content["examples"]
    examples = getattr(context.body_field and context.body_field.field_info, "openapi_examples", {})
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if examples:
            content["examples"] = examples


def _find_own_example(schema: Mapping[str, Any]) -> Any:
    """What the schema says itself: an example, its constant, its default, its first choice."""
    for values in (schema.get("examples"), schema.get("enum")):
        if values:
            return values[0]
    values = (schema[name] for name in ("const", "default") if schema.get(name) is not None)
    return next(values, NOTHING)


def _choose_by_type(schema: Mapping[str, Any]) -> Any:
    """Of a plain value: by its form, the least number, yes."""
    is_file = "contentMediaType" in schema or schema.get("format") == "binary"
    examples = {
        "string": _FILE if is_file else _BY_FORMAT.get(schema.get("format", ""), NOTHING),
        # FastAPI writes the bounds of integers as floats.
        "integer": int(schema["minimum"]) if "minimum" in schema else NOTHING,
        "number": schema.get("minimum", NOTHING),
        "boolean": True,
        "null": None,
    }
    return examples.get(schema.get("type", ""), NOTHING)


def _repeat_item(item: Any, least_count: int) -> Any:
    if item is NOTHING:
        return NOTHING if least_count else []
    return [item] * max(1, least_count)


def _compose_object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:
    """All members that have an example; `NOTHING` where a required one has none."""
    composed = {
        name: compose_example(member, schemas, depth + 1)
        for name, member in schema.get("properties", {}).items()
    }
    required = schema.get("required", ())
    if any(composed[name] is NOTHING for name in required if name in composed):
        return NOTHING
    return {name: example for name, example in composed.items() if example is not NOTHING}
