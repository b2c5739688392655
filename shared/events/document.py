"""Generates documents of the events from their classes: `python -m shared.events.document`.

Writes `docs/asyncapi.json` (AsyncAPI 3.0, for machines) and `docs/events.md` (for people), with the
defaults of the settings. `--print` prints the first with the settings of the environment instead:
the brokers and topics of this site. Tests fail when a file differs from what the classes say.
"""

import inspect
import json
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from pydantic import SecretStr

import shared.events
from shared.events.asyncapi import HEADERS, BrokerAddress, build_asyncapi
from shared.events.base import Event, event_types
from shared.events.examples import EXAMPLES
from shared.settings import Settings

PROJECT_FOLDER = Path(__file__).parents[2]
DOCS_FOLDER = PROJECT_FOLDER / "docs"


def published_events() -> dict[str, type[Event]]:
    """The event classes of all modules of `shared.events`, by type."""
    for module in iter_modules(shared.events.__path__, "shared.events."):
        import_module(module.name)
    return {
        name: event_class
        for name, event_class in event_types().items()
        if event_class.__module__.startswith("shared.")
    }


def build_document(broker: BrokerAddress | None = None) -> dict[str, Any]:
    """The AsyncAPI document of all published events, of the default broker or of this one."""
    examples = {example.TYPE: example for example in EXAMPLES}
    return build_asyncapi(published_events(), examples, broker or default_broker(), read_version())


def default_broker() -> BrokerAddress:
    """The broker as the settings have it where nothing is set."""
    return _build_address(Settings.model_construct())


def read_broker() -> BrokerAddress:
    """The broker of this site, from the environment.

    Raises `pydantic.ValidationError` for a setting that its class refuses.
    """
    return _build_address(Settings(service="events", database_url=SecretStr("postgresql:///")))


def _build_address(settings: Settings) -> BrokerAddress:
    return BrokerAddress(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        topic_prefix=settings.kafka_topic_prefix,
        partitions=settings.kafka_partitions,
        replication_factor=settings.kafka_replication_factor,
    )


def read_version() -> str:
    """The version of the release, from `pyproject.toml`."""
    project = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


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
        *(f"| `{name}` | {header['description']} |" for name, header in HEADERS.items()),
    ]
    for name, event_class in published_events().items():
        lines += ["", f"## `{name}`", "", inspect.getdoc(event_class) or "", ""]
        lines += [f"Topic `{event_class.TOPIC}`.", "", *_list_members(event_class)]
    return "\n".join(lines) + "\n"


def write_documents() -> None:
    """Writes `docs/asyncapi.json` and `docs/events.md`."""
    (DOCS_FOLDER / "asyncapi.json").write_text(_render(build_document()))
    (DOCS_FOLDER / "events.md").write_text(build_markdown())


def main(arguments: list[str]) -> None:
    """Writes both documents, or prints this site's; raises `SystemExit` for other arguments."""
    if arguments == ["--print"]:
        sys.stdout.write(_render(build_document(read_broker())))
    elif arguments:
        raise SystemExit(f"unknown arguments: {' '.join(arguments)}")
    else:
        write_documents()


def _render(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _list_members(event_class: type[Event]) -> list[str]:
    """The table of an event's members: name, type, meaning, and whether it may be absent."""
    schema = event_class.model_json_schema()
    lines = ["| member | type | meaning | |", "|---|---|---|---|"]
    for member, member_schema in schema["properties"].items():
        presence = "" if member in schema.get("required", ()) else "may be absent"
        meaning = member_schema.get("description", "")
        lines.append(f"| `{member}` | {_describe_type(member_schema)} | {meaning} | {presence} |")
    return lines


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
    main(sys.argv[1:])
