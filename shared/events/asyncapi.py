"""The AsyncAPI 3.0 document of the events, made of their classes and of the broker's settings.

Payloads are JSON Schema as AsyncAPI has it: draft 7, without the discriminator objects of OpenAPI.
The alternatives of a rule tree differ by a constant, so nothing is lost with these.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.events.base import Event

SCHEMAS_POINTER = "#/components/schemas/"
TRAIT = "CloudEvent"
KAFKA_BINDING = "0.5.0"
EXAMPLE_ID = "99999999-9999-4999-8999-999999999999"
EXAMPLE_TIME = "2026-03-02T09:00:00Z"
EXAMPLE_TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
EXAMPLE_CORRELATION = "7d1c0e52-1f5e-4c7a-9d3b-2f6a8e4b9c10"
UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

HEADERS: Mapping[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0", "description": "always 1.0"},
    "ce_id": {
        "format": "uuid",
        "pattern": UUID_PATTERN,
        "description": "UUID; the same however often the event is delivered",
    },
    "ce_source": {
        "pattern": "^/attesta/[a-z]+$",
        "maxLength": 100,
        "description": "/attesta/<service>",
    },
    "ce_type": {"maxLength": 200, "description": "the event's type"},
    "ce_time": {
        "format": "date-time",
        "maxLength": 40,
        "description": "when the fact was recorded, RFC 3339, UTC",
    },
    "ce_subject": {"format": "uuid", "pattern": UUID_PATTERN, "description": "the aggregate's id"},
    "ce_partitionkey": {
        "format": "uuid",
        "pattern": UUID_PATTERN,
        "description": "the aggregate's id, also the record's key",
    },
    "ce_correlationid": {
        "maxLength": 200,
        "description": "of the request or event that caused this one",
    },
    "ce_traceparent": {
        "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        "description": "W3C trace context",
    },
    "ce_tracestate": {
        "maxLength": 2000,
        "description": "W3C trace context of tracing systems; where the cause carried one",
    },
    "content-type": {"const": "application/json", "description": "application/json"},
}
SIGN_INS: Mapping[str, str] = {
    "PLAIN": "plain",
    "SCRAM-SHA-256": "scramSha256",
    "SCRAM-SHA-512": "scramSha512",
}
"""AsyncAPI's types of security, by mechanisms of SASL."""
OPTIONAL_HEADERS = {"ce_tracestate"}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the events are, and how one gets there, by the names of the settings."""

    bootstrap_servers: str
    security_protocol: str
    sasl_mechanism: str | None
    topic_prefix: str
    partitions: int
    replication_factor: int


def build_asyncapi(
    events: Mapping[str, type[Event]],
    examples: Mapping[str, Event],
    broker: BrokerAddress,
    version: str,
) -> dict[str, Any]:
    """The document: a channel for each topic, a message for each event type.

    `examples` has an event of every type; `version` is that of the release.
    """
    topics = sorted({event_class.TOPIC for event_class in events.values()})
    servers = dict(_list_servers(broker))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Attesta events",
            "version": version,
            "description": "The facts that services tell each other and whoever else may listen: "
            "CloudEvents 1.0 in Kafka's binary mode. Delivery is at least once, in order for each "
            "key. Consumers ignore members that they do not know. "
            f"`{broker.topic_prefix}` before every topic is a setting of the site.",
            "tags": [{"name": service} for service in sorted(_list_services(topics))],
        },
        "defaultContentType": "application/json",
        "servers": servers,
        "channels": {
            topic: _describe_channel(topic, events, broker, list(servers)) for topic in topics
        },
        "operations": {f"publish.{topic}": _describe_operation(topic, events) for topic in topics},
        "components": {
            "messageTraits": {TRAIT: _describe_trait()},
            "messages": {
                name: _describe_message(event_class, examples[name])
                for name, event_class in events.items()
            },
            "schemas": _build_schemas(events),
        },
    }


def build_example_headers(event: Event) -> dict[str, str]:
    """Headers such as those of a record of this event."""
    return {
        "ce_specversion": "1.0",
        "ce_id": EXAMPLE_ID,
        "ce_source": _name_source(event.TYPE),
        "ce_type": event.TYPE,
        "ce_time": EXAMPLE_TIME,
        "ce_subject": event.key,
        "ce_partitionkey": event.key,
        "ce_correlationid": EXAMPLE_CORRELATION,
        "ce_traceparent": EXAMPLE_TRACEPARENT,
        "content-type": "application/json",
    }


def _list_services(topics: list[str]) -> set[str]:
    return {topic.partition(".")[0] for topic in topics}


def _name_source(event_type: str) -> str:
    """The CloudEvents `source`: the publishing service."""
    return f"/attesta/{event_type.partition('.')[0]}"


def _list_servers(broker: BrokerAddress) -> Iterator[tuple[str, dict[str, Any]]]:
    protocol = "kafka-secure" if broker.security_protocol.endswith("SSL") else "kafka"
    security = (
        {"security": [{"type": SIGN_INS[broker.sasl_mechanism]}]} if broker.sasl_mechanism else {}
    )
    for number, host in enumerate(broker.bootstrap_servers.split(","), 1):
        yield (
            f"broker{number}",
            {
                "host": host.strip(),
                "protocol": protocol,
                "description": "A broker of the site's Kafka cluster, to begin with.",
                **security,
            },
        )


def _list_types(topic: str, events: Mapping[str, type[Event]]) -> list[str]:
    return [name for name, event_class in events.items() if topic == event_class.TOPIC]


def _describe_channel(
    topic: str, events: Mapping[str, type[Event]], broker: BrokerAddress, servers: list[str]
) -> dict[str, Any]:
    service, _, aggregate = topic.partition(".")
    address = broker.topic_prefix + topic
    return {
        "address": address,
        "title": f"Events of a {aggregate}",
        "description": f"What {service} tells of each {aggregate}; a record's key is its id.",
        "servers": [{"$ref": f"#/servers/{name}"} for name in servers],
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in _list_types(topic, events)
        },
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": broker.partitions,
                "replicas": broker.replication_factor,
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _describe_operation(topic: str, events: Mapping[str, type[Event]]) -> dict[str, Any]:
    service, _, aggregate = topic.partition(".")
    return {
        "action": "send",
        "title": f"Publish events of a {aggregate}",
        "summary": f"{service} publishes a fact in the order of its commits, once at least.",
        "tags": [{"name": service}],
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [
            {"$ref": f"#/channels/{topic}/messages/{name}"} for name in _list_types(topic, events)
        ],
    }


def _describe_trait() -> dict[str, Any]:
    """What all messages have in common: the attributes of CloudEvents, and the key."""
    properties = {name: {"type": "string", **schema} for name, schema in HEADERS.items()}
    return {
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": sorted(HEADERS.keys() - OPTIONAL_HEADERS),
            "properties": properties,
        },
        "correlationId": {
            "location": "$message.header#/ce_correlationid",
            "description": HEADERS["ce_correlationid"]["description"],
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "the aggregate's id"},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _describe_message(event_class: type[Event], example: Event) -> dict[str, Any]:
    text = inspect.getdoc(event_class) or ""
    name = event_class.TYPE
    return {
        "name": name,
        "title": event_class.__name__,
        "summary": text.splitlines()[0],
        "description": text,
        "traits": [{"$ref": f"#/components/messageTraits/{TRAIT}"}],
        # Merged with the trait's: the values that only this type has.
        "headers": {
            "type": "object",
            "properties": {"ce_type": {"const": name}, "ce_source": {"const": _name_source(name)}},
        },
        "payload": {"$ref": SCHEMAS_POINTER + event_class.__name__},
        "examples": [
            {
                "name": event_class.__name__,
                "summary": text.splitlines()[0],
                "headers": build_example_headers(example),
                "payload": json.loads(example.model_dump_json()),
            }
        ],
    }


def _build_schemas(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    """The schemas of all payloads and their parts, each once, by the names of their classes."""
    _, definitions = models_json_schema(
        [(event_class, "serialization") for event_class in events.values()],
        ref_template=SCHEMAS_POINTER + "{model}",
    )
    schemas = definitions["$defs"]
    return {name: _adapt_schema(schemas[name]) for name in sorted(schemas)}


def _adapt_schema(schema: Any) -> Any:
    """A schema without what AsyncAPI reads otherwise, and without titles that repeat a name."""
    if isinstance(schema, list):
        return [_adapt_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    adapted = {
        word: _adapt_schema(value) for word, value in schema.items() if word != "discriminator"
    }
    if isinstance(adapted.get("properties"), dict):
        adapted["properties"] = {
            name: {word: value for word, value in member.items() if word != "title"}
            for name, member in adapted["properties"].items()
        }
    return adapted
