"""Which changes of an event's JSON Schema would break those who read it."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

FREE = {"title", "description", "examples", "default"}
"""Words of a schema that promise nothing to a reader."""


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` breaks the promises of `old`, by path; empty when nothing does.

    An optional member may be added. Everything else is a change: a member that is gone, one that is
    newly required or no longer so, a type, a pattern, a bound or a list of values that differs.
    """
    return list(_compare("", old, new, old, new))


def _compare(path: str, old: Any, new: Any, olds: Schema, news: Schema) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        old, new = _followed(old, olds), _followed(new, news)
        yield from _compare_objects(path, old, new, olds, news)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _compare(f"{path}/{index}", was, now, olds, news)
    elif old != new:
        yield f"{path}: {old!r} became {new!r}"


def _compare_objects(
    path: str, old: Schema, new: Schema, olds: Schema, news: Schema
) -> Iterator[str]:
    was, now = old.get("properties", {}), new.get("properties", {})
    required_before, required_now = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(was.keys() - now.keys()):
        yield f"{path}/{name}: is gone"
    for name in sorted(required_now - required_before):
        yield f"{path}/{name}: is newly required"
    for name in sorted(required_before - required_now):
        yield f"{path}/{name}: is no longer certain"
    for name in sorted(was.keys() & now.keys()):
        yield from _compare(f"{path}/{name}", was[name], now[name], olds, news)
    handled_keywords = {"properties", "required", "$defs", *FREE}
    for word in sorted((old.keys() | new.keys()) - handled_keywords):
        yield from _compare(f"{path}#{word}", old.get(word), new.get(word), olds, news)


def _followed(schema: Schema, root: Schema) -> Schema:
    """The definition that a reference names; a recursive one is compared where it stands."""
    reference = schema.get("$ref")
    if reference is None or reference in root.setdefault("#seen", []):
        return schema
    root["#seen"].append(reference)
    definition: Schema = root["$defs"][reference.rsplit("/", 1)[1]]
    return definition
