"""Documents the published language from its classes: `python -m shared.events.document`.

Writes `docs/asyncapi.json` (AsyncAPI 3.0, for machines) and `docs/events.md` (for people). Tests
fail when either is not what the classes say.
"""

import inspect
import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import shared.events
from shared.events.base import Event, event_types

DOCS = Path(__file__).parents[2] / "docs"
HEADERS = {
    "ce_specversion": "always 1.0",
    "ce_id": "UUID; the same however often the event is delivered",
    "ce_source": "/attesta/<service>",
    "ce_type": "the event's type",
    "ce_time": "when the fact was recorded, RFC 3339, UTC",
    "ce_subject": "the aggregate's id",
    "ce_partitionkey": "the aggregate's id, also the record's key",
    "ce_correlationid": "of the request or event that caused this one",
    "ce_traceparent": "W3C trace context",
    "content-type": "application/json",
}


def published() -> dict[str, type[Event]]:
    """The event classes of all modules of `shared.events`, by type."""
    for module in iter_modules(shared.events.__path__, "shared.events."):
        import_module(module.name)
    return {
        name: cls for name, cls in event_types().items() if cls.__module__.startswith("shared.")
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: a channel per topic, a message per event type."""
    events = published()
    topics = sorted({cls.TOPIC for cls in events.values()})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Attesta events",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode. Topics carry a prefix that is "
            "a setting, `attesta.` by default. Delivery is at least once, in order per key.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, events) for topic in topics},
        "operations": {
            f"publish.{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in topics
        },
        "components": {
            "messages": {name: _message(cls) for name, cls in events.items()},
            "schemas": {"Headers": _headers()},
        },
    }


def markdown() -> str:
    """The same for people: what each event says, and its members."""
    lines = [
        "# Events",
        "",
        "Generated from `shared/events` by `python -m shared.events.document`; the same for",
        "machines is [asyncapi.json](asyncapi.json). Every record is a CloudEvent 1.0 in Kafka's",
        "binary mode:",
        "",
        "| header | |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in HEADERS.items()),
    ]
    for name, cls in published().items():
        lines += ["", f"## `{name}`", "", inspect.getdoc(cls) or "", ""]
        lines += [f"Topic `{cls.TOPIC}`.", "", "| member | type | |", "|---|---|---|"]
        schema = cls.model_json_schema()
        for member, told in schema["properties"].items():
            need = "" if member in schema.get("required", ()) else "may be absent"
            lines.append(f"| `{member}` | {_kind(told)} | {need} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes both documents."""
    text = json.dumps(asyncapi(), ensure_ascii=False, indent=2) + "\n"
    (DOCS / "asyncapi.json").write_text(text)
    (DOCS / "events.md").write_text(markdown())


def _channel(topic: str, events: dict[str, type[Event]]) -> dict[str, Any]:
    carried = [name for name, cls in events.items() if topic == cls.TOPIC]
    return {
        "address": topic,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in carried},
    }


def _message(cls: type[Event]) -> dict[str, Any]:
    place = f"#/components/messages/{cls.TYPE}/payload/$defs"
    schema = cls.model_json_schema(ref_template=place + "/{model}")
    return {
        "name": cls.TYPE,
        "summary": (inspect.getdoc(cls) or "").splitlines()[0],
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": schema,
    }


def _headers() -> dict[str, Any]:
    told = {name: {"type": "string", "description": text} for name, text in HEADERS.items()}
    return {"type": "object", "properties": told, "required": sorted(HEADERS)}


def _kind(schema: dict[str, Any]) -> str:
    """A member's type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema or "oneOf" in schema:
        kinds = (_kind(each) for each in schema.get("anyOf", schema.get("oneOf", ())))
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind != "null")
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


if __name__ == "__main__":
    main()
