"""Schemas of Kubernetes' own kinds, made of the API's OpenAPI document for kubeconform."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = "1.37.2"
"""Of Kubernetes."""
DOWNLOAD_SECONDS = 300
SCHEMA_LOCATION = "{{.ResourceKind}}-{{.ResourceAPIVersion}}.json"
_PREFIX = "#/definitions/"

Schema = dict[str, Any]


def find_openapi_document() -> Path | None:
    """The document of that version, from the module that Go fetches or has; None without it."""
    command = ["go", "mod", "download", "-json", f"k8s.io/kubernetes@v{VERSION}"]
    try:
        outcome = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=DOWNLOAD_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(json.loads(outcome.stdout)["Dir"], "api", "openapi-spec", "swagger.json")


def write_schemas(document: Path, kinds: set[tuple[str, str]], folder: Path) -> None:
    """Writes a schema for each of these kinds, given as API version and kind.

    It refuses what the kind does not have. Raises `KeyError` for a kind that the API does not have.
    """
    definitions = json.loads(document.read_text())["definitions"]
    names = {
        (f"{kind['group']}/{kind['version']}".lstrip("/"), kind["kind"]): name
        for name, definition in definitions.items()
        for kind in definition.get("x-kubernetes-group-version-kind", ())
    }
    for api_version, kind in kinds:
        name = names[api_version, kind]
        used_names = _collect_used(definitions, name)
        schema = {
            "$ref": _PREFIX + name,
            "definitions": {used_name: _close(definitions[used_name]) for used_name in used_names},
        }
        file_name = f"{kind.lower()}-{api_version.rpartition('/')[2]}.json"
        (folder / file_name).write_text(json.dumps(schema))


def _collect_used(definitions: Schema, name: str) -> set[str]:
    """The definition of this name, and all that it leads to."""
    used_names: set[str] = set()
    unread_names = {name}
    while unread_names:
        next_name = unread_names.pop()
        used_names.add(next_name)
        unread_names |= set(_iter_references(definitions[next_name])) - used_names
    return used_names


def _iter_references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(_PREFIX)
        for value in schema.values():
            yield from _iter_references(value)


def _close(schema: Any) -> Any:
    """The schema as JSON Schema has it: no further members, numbers where text may be either."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    strict_schema = {name: _close(value) for name, value in schema.items() if name != "format"}
    if "properties" in schema:
        strict_schema["additionalProperties"] = False
    return strict_schema
