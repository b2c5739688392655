"""Generates documents of the events from their classes: `python -m shared.events.document`.

Writes `docs/asyncapi.json` (AsyncAPI 3.0, for machines) and `docs/events.md` (for people). Tests
fail when either differs from what the classes say.
"""

import inspect
import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import shared.events
from shared.events.base import Event, event_types

DOCS_FOLDER = Path(__file__).parents[2] / "docs"
HEADER_MEANINGS = {
    "ce_specversion": "always 1.0",
    "ce_id": "UUID; the same however often the event is delivered",
    "ce_source": "/attesta/<service>",
    "ce_type": "the event's type",
    "ce_time": "when the fact was recorded, RFC 3339, UTC",
    "ce_subject": "the aggregate's id",
    "ce_partitionkey": "the aggregate's id, also the record's key",
    "ce_correlationid": "of the request or event that caused this one",
    "ce_traceparent": "W3C trace context",
    "ce_tracestate": "W3C trace context of tracing systems; where the cause carried one",
    "content-type": "application/json",
}
OPTIONAL_HEADERS = {"ce_tracestate"}


def published_events() -> dict[str, type[Event]]:
    """The event classes of all modules of `shared.events`, by type."""
    for module in iter_modules(shared.events.__path__, "shared.events."):
        import_module(module.name)
    return {
        name: event_class
        for name, event_class in event_types().items()
        if event_class.__module__.startswith("shared.")
    }


def build_asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: a channel per topic, a message per event type."""
    events = published_events()
    topics = sorted({event_class.TOPIC for event_class in events.values()})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Attesta events",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode. Topics carry a prefix that is "
            "a setting, `attesta.` by default. Delivery is at least once, in order per key.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel_document(topic, events) for topic in topics},
        "operations": {
            f"publish.{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in topics
        },
        "components": {
            "messages": {
                name: _message_document(event_class) for name, event_class in events.items()
            },
            "schemas": {"Headers": _headers_schema()},
        },
    }


def build_markdown() -> str:
    """The page for people: each event's description and its members."""
    lines = [
        "# Events",
        "",
        "Generated from `shared/events` by `python -m shared.events.document`; the same for",
        "machines is [asyncapi.json](asyncapi.json). Every record is a CloudEvent 1.0 in Kafka's",
        "binary mode:",
        "",
        "| header | |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in HEADER_MEANINGS.items()),
    ]
    for name, event_class in published_events().items():
        lines += ["", f"## `{name}`", "", inspect.getdoc(event_class) or "", ""]
        lines += [f"Topic `{event_class.TOPIC}`.", "", "| member | type | |", "|---|---|---|"]
        schema = event_class.model_json_schema()
        for member, member_schema in schema["properties"].items():
            presence = "" if member in schema.get("required", ()) else "may be absent"
            lines.append(f"| `{member}` | {_describe_type(member_schema)} | {presence} |")
    return "\n".join(lines) + "\n"


def write_documents() -> None:
    """Writes `docs/asyncapi.json` and `docs/events.md`."""
    text = json.dumps(build_asyncapi(), ensure_ascii=False, indent=2) + "\n"
    (DOCS_FOLDER / "asyncapi.json").write_text(text)
    (DOCS_FOLDER / "events.md").write_text(build_markdown())


def _channel_document(topic: str, events: dict[str, type[Event]]) -> dict[str, Any]:
    event_names = [name for name, event_class in events.items() if topic == event_class.TOPIC]
    return {
        "address": topic,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in event_names},
    }


def _message_document(event_class: type[Event]) -> dict[str, Any]:
    definitions_pointer = f"#/components/messages/{event_class.TYPE}/payload/$defs"
    schema = event_class.model_json_schema(ref_template=definitions_pointer + "/{model}")
    return {
        "name": event_class.TYPE,
        "summary": (inspect.getdoc(event_class) or "").splitlines()[0],
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": schema,
    }


def _headers_schema() -> dict[str, Any]:
    properties = {
        name: {"type": "string", "description": text} for name, text in HEADER_MEANINGS.items()
    }
    required = sorted(HEADER_MEANINGS.keys() - OPTIONAL_HEADERS)
    return {"type": "object", "properties": properties, "required": required}


def _describe_type(schema: dict[str, Any]) -> str:
    """A member's type for people, such as `list of uuid`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema or "oneOf" in schema:
        kinds = (_describe_type(option) for option in schema.get("anyOf", schema.get("oneOf", ())))
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if schema.get("type") == "array":
        return f"list of {_describe_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


if __name__ == "__main__":
    write_documents()
