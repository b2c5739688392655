"""Names of the OpenAPI document's schemas that generated clients can use as names of classes.

FastAPI names a generic class by brackets, one in two forms by `-Input` and `-Output`, and classes
of one name by their modules. Here every schema gets one noun, and `title` says the same.
"""

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = "#/components/schemas/"

_LIST = re.compile(r"(?:Whole)?(Page|List)_(\w+)_")
_FORM = re.compile(r"Body_(\w+)")
_OF_MODULE = re.compile(r"services__\w+?__(\w+?)__(?:\w+__)?(\w+)")


def rename_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every schema under its new name, wherever it is referred to.

    Raises `ValueError` for two schemas that would have one name.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    names = {name: _name_schema(name, schemas) for name in schemas}
    if len({*names.values()}) < len(names):
        raise ValueError(f"give schemas names that differ: {sorted(names.values())}")
    renamed: dict[str, Any] = _replace_references(document, names)
    renamed["components"]["schemas"] = {
        names[name]: _clean_members(schema) | {"title": names[name]}
        for name, schema in sorted(renamed["components"]["schemas"].items())
    }
    return renamed


def clean_parameters(operation: dict[str, Any]) -> None:
    """Parameters cannot be null, only left out; their titles would repeat their names."""
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        alternatives = [item for item in schema.get("anyOf", []) if item.get("type") != "null"]
        if len(alternatives) == 1:
            schema = {**alternatives[0], **schema}
            del schema["anyOf"]
        own_words = schema.pop("description", "")
        if own_words:
            parameter.setdefault("description", own_words)
        schema.pop("title", None)
        parameter["schema"] = schema


def move_definitions(body: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """Moves what the schemas of a request's body define by themselves to those of the document.

    Raises `ValueError` for a name that the document gives to another schema.
    """
    for content in body.get("content", {}).values():
        for name, schema in content["schema"].pop("$defs", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two schemas are named {name}")


def _name_schema(name: str, schemas: Mapping[str, Any]) -> str:
    if match := _LIST.fullmatch(name):
        return f"{match[2]}{match[1]}"
    if match := _FORM.fullmatch(name):
        words = match[1].split("_")
        return "".join(word.capitalize() for word in words) + "Form"
    if name.endswith("-Output"):
        return name.removesuffix("-Output")
    if name.endswith("-Input"):
        own_name = name.removesuffix("-Input")
        return f"{own_name}Input" if f"{own_name}-Output" in schemas else own_name
    if match := _OF_MODULE.fullmatch(name):
        room = "".join(word.capitalize() for word in match[1].split("_"))
        return f"{room}{match[2]}"
    return name


def _replace_references(node: Any, names: Mapping[str, str]) -> Any:
    """The node with new names in its references, and with patterns that every tool reads."""
    if isinstance(node, list):
        return [_replace_references(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("pattern"), str):
        node = _spell_pattern(node)
    return {
        key: _replace_reference(value, names)
        if isinstance(value, str) and (key == "$ref" or value.startswith(REFERENCE))
        else _replace_references(value, names)
        for key, value in node.items()
    }


def _replace_reference(reference: str, names: Mapping[str, str]) -> str:
    name = reference.removeprefix(REFERENCE)
    return f"{REFERENCE}{names.get(name, name)}" if reference.startswith(REFERENCE) else reference


def _spell_pattern(schema: dict[str, Any]) -> dict[str, Any]:
    """Control characters by their codes. Letters of all scripts cannot be told to every tool.

    Such a pattern stays as `x-pattern`, for those that know classes of Unicode.
    """
    pattern = schema["pattern"].replace(r"\p{Cc}", r"\x00-\x1f\x7f-\x9f")
    if r"\p{" not in pattern:
        return {**schema, "pattern": pattern}
    return {name: value for name, value in schema.items() if name != "pattern"} | {
        "x-pattern": pattern
    }


def _clean_members(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the titles of its members, which repeat their names in capitals."""
    properties = schema.get("properties")
    if not properties:
        return schema
    cleaned = {name: _lift_description(member) for name, member in properties.items()}
    return {**schema, "properties": cleaned}


def _lift_description(member: dict[str, Any]) -> dict[str, Any]:
    """The member, described as its type is where it can be null and has no words of its own."""
    cleaned = {key: value for key, value in member.items() if key != "title"}
    alternatives = [item for item in member.get("anyOf", []) if item.get("type") != "null"]
    if len(alternatives) != 1 or "description" in member:
        return cleaned
    own_words = (
        {"description": alternatives[0]["description"]}
        if ("description" in alternatives[0])
        else {}
    )
    return cleaned | own_words
