"""Documents without what promises nothing: as they are compared, and kept in files.

Words, titles and examples may change at any time. Without them, a file changes only where the
contract does.
"""

import json
from collections.abc import Mapping
from typing import Any

ANNOTATIONS = frozenset({"description", "summary", "title", "example", "examples", "externalDocs"})
SITE_WORDS = frozenset({"info", "servers", "tags"})
"""Words of a whole document that depend on the release and the site."""

MAPS = frozenset(
    {
        "properties",
        "patternProperties",
        "schemas",
        "headers",
        "paths",
        "responses",
        "content",
        "channels",
        "operations",
        "messages",
        "securitySchemes",
    }
)
"""Words whose members are names of things, and no words."""
ORDERED = frozenset({"prefixItems", "default", "const"})
"""Words whose lists have an order that means something."""

FIRST_REFUSAL = "400"
LINE_LENGTH = 100


def strip_annotations(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without words for people, without the site's own, and sorted.

    Refusals that are alike stand once, among the components.
    """
    contract = {word: value for word, value in document.items() if word not in SITE_WORDS}
    stripped_document: dict[str, Any] = _strip(contract, is_map=False)
    _share_refusals(stripped_document)
    return stripped_document


def render(value: Any, indent: int = 0, prefix: str = "") -> str:
    """The JSON of a document after `prefix`: whatever fits on one line stands on one."""
    line = prefix + json.dumps(value, ensure_ascii=False, sort_keys=True)
    if indent + len(line) <= LINE_LENGTH or not isinstance(value, dict | list) or not value:
        return line
    blanks = " " * (indent + 1)
    if isinstance(value, dict):
        brackets = "{}"
        names = {name: json.dumps(name, ensure_ascii=False) + ": " for name in sorted(value)}
        parts = [render(value[name], indent + 1, text) for name, text in names.items()]
    else:
        brackets = "[]"
        parts = [render(item, indent + 1) for item in value]
    inside = ",\n".join(blanks + part for part in parts)
    return f"{prefix}{brackets[0]}\n{inside}\n{' ' * indent}{brackets[1]}"


def _share_refusals(document: dict[str, Any]) -> None:
    refusals: dict[str, Any] = {}
    for methods in document.get("paths", {}).values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                name = " ".join([*answer.get("content", {}), *answer.get("headers", {})])
                name = name.replace("/", " ")
                if status >= FIRST_REFUSAL and refusals.setdefault(name, answer) == answer:
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    if refusals:
        document["components"]["responses"] = dict(sorted(refusals.items()))


def _strip(value: Any, *, is_map: bool, is_ordered: bool = False) -> Any:
    if isinstance(value, list):
        items = [_strip(item, is_map=False) for item in value]
        return items if is_ordered else _sort(items)
    if not isinstance(value, dict):
        return value
    return {
        word: _strip(part, is_map=word in MAPS and not is_map, is_ordered=word in ORDERED)
        for word, part in sorted(value.items())
        if is_map or word not in ANNOTATIONS
    }


def _sort(items: list[Any]) -> list[Any]:
    """Lists of names and of parameters in one order: no other list's order means anything."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
