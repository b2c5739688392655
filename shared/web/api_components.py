"""What is true of every schema of the OpenAPI document, and which shared parts it refers to."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.web.api_schemas import REFERENCE

_INT32 = 2**31 - 1
_PRUNED = ("headers", "parameters")
"""Components that the generator offers to all documents; each has those that it refers to."""


def complete_schemas(document: dict[str, Any]) -> None:
    """Adds to every schema what readers need and models do not say.

    Integers get their size. A member by which the kinds of a union are told apart is required: it
    is never left out, though its class gives it a value.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    for node in _walk(document):
        if node.get("type") == "integer":
            node.setdefault("format", _name_size(node))
        discriminator = node.get("discriminator")
        if isinstance(discriminator, dict) and "mapping" in discriminator:
            for reference in discriminator["mapping"].values():
                _require(schemas[reference.removeprefix(REFERENCE)], discriminator["propertyName"])


def prune_components(document: dict[str, Any]) -> None:
    """Takes out headers and parameters to which nothing in the document refers."""
    references = {node["$ref"] for node in _walk(document) if isinstance(node.get("$ref"), str)}
    for kind in _PRUNED:
        components = document["components"][kind]
        document["components"][kind] = {
            name: component
            for name, component in components.items()
            if f"#/components/{kind}/{name}" in references
        }


def _name_size(schema: Mapping[str, Any]) -> str:
    """`int32` where the bounds fit; an integer without an upper bound can be larger."""
    limits = (schema.get("minimum", 0), schema.get("maximum", _INT32 + 1))
    return "int32" if all(-_INT32 <= limit <= _INT32 for limit in limits) else "int64"


def _require(schema: dict[str, Any], name: str) -> None:
    required = schema.setdefault("required", [])
    if name not in required:
        required.append(name)


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    """The node and all nodes in it that are objects."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield from _walk(child)
