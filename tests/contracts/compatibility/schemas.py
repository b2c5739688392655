"""Differences of two schemas, by what clients do with the values: send them, read them, or both.

What clients send may get wider: whatever was taken is still taken. What they read may get narrower,
apart from new members, which readers ignore. Events are kept and read again, by old readers and by
new ones, so they may do neither. A schema is compared once for each use, wherever it stands.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any

Schema = Mapping[str, Any]

UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
RESTRICTIONS = ("pattern", "format", "multipleOf", "uniqueItems", "contentMediaType", "contains")
"""Words that make a schema narrower, of which two values cannot be compared."""

OBJECT_WORDS = ("properties", "required", "additionalProperties")
ALTERNATIVES = ("anyOf", "oneOf")
PART_WORDS = ("allOf", "prefixItems")
"""Words whose schemas are used as the whole is; of others, such as `not`, nothing may change."""

HANDLED_WORDS = {
    "type",
    "enum",
    "const",
    "items",
    "default",
    "deprecated",
    *UPPER_BOUNDS,
    *LOWER_BOUNDS,
    *RESTRICTIONS,
    *OBJECT_WORDS,
}
SHOWN_LENGTH = 80


class Use(StrEnum):
    """What clients do with the values of a schema."""

    SENT = "sent"
    READ = "read"
    KEPT = "kept"

    @property
    def may_widen(self) -> bool:
        """Whether more values may be allowed than before."""
        return self is Use.SENT

    @property
    def may_narrow(self) -> bool:
        """Whether fewer values may be allowed than before."""
        return self is Use.READ


@dataclass(slots=True)
class SchemaComparison:
    """Compares schemas of an old document with those of a new one, by their references."""

    old_schemas: Mapping[str, Schema]
    new_schemas: Mapping[str, Schema]
    _finished_pairs: set[tuple[str, str, Use]] = field(default_factory=set)

    def compare(self, place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
        """Every breaking difference, by its place; those of a named schema at that schema."""
        old_name, new_name = _name_reference(old), _name_reference(new)
        if old_name is None and new_name is None:
            yield from self._compare_words(place, old, new, use)
        elif old_name != new_name:
            yield f"{place}: {old_name or 'a schema'} became {new_name or 'a schema'}"
        elif old_name is not None and (old_name, old_name, use) not in self._finished_pairs:
            self._finished_pairs.add((old_name, old_name, use))
            yield from self._compare_words(
                f"{use} {old_name}", self.old_schemas[old_name], self.new_schemas[old_name], use
            )

    def _compare_words(self, place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
        if any(word in schema for word in ALTERNATIVES for schema in (old, new)):
            yield from self._compare_alternatives(place, old, new, use)
            return
        yield from _compare_types(place, old, new, use)
        yield from _compare_values(place, old, new, use)
        yield from _compare_bounds(place, old, new, use)
        yield from _compare_restrictions(place, old, new, use)
        yield from self._compare_objects(place, old, new, use)
        if "items" in old or "items" in new:
            yield from self.compare(f"{place}[]", old.get("items", {}), new.get("items", {}), use)
        if use is not Use.READ:
            yield from compare_rest(place, old, new, ("default",))
        for word in sorted((old.keys() | new.keys()) - HANDLED_WORDS):
            part_use = use if word in PART_WORDS else Use.KEPT
            yield from self._compare_parts(
                f"{place} {word}", old.get(word), new.get(word), part_use
            )

    def _compare_parts(self, place: str, old: Any, new: Any, use: Use) -> Iterator[str]:
        """Of words that are not understood: alike, apart from what schemas inside may change."""
        if isinstance(old, dict) and isinstance(new, dict):
            if "$ref" in old and "$ref" in new:
                yield from self.compare(place, old, new, use)
                return
            for name in sorted(old.keys() | new.keys()):
                yield from self._compare_parts(f"{place}/{name}", old.get(name), new.get(name), use)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for index, (old_part, new_part) in enumerate(zip(old, new, strict=True)):
                yield from self._compare_parts(f"{place}/{index}", old_part, new_part, use)
        elif old != new:
            yield f"{place}: {_show(old)} became {_show(new)}"

    def _compare_objects(self, place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
        old_members, new_members = old.get("properties", {}), new.get("properties", {})
        old_required, new_required = set(old.get("required", ())), set(new.get("required", ()))
        is_closed = old.get("additionalProperties", True) is False
        for name in sorted(old_members.keys() | new_members.keys()):
            if name not in new_members:
                yield f"{place}/{name}: is gone"
            elif name in old_members:
                yield from self.compare(
                    f"{place}/{name}", old_members[name], new_members[name], use
                )
            elif is_closed and use is not Use.SENT:
                yield f"{place}/{name}: is new, where nothing unknown was to come"
            if name in new_required - old_required and use is not Use.READ:
                yield f"{place}/{name}: is newly required"
            if name in (old_required - new_required) & new_members.keys() and use is not Use.SENT:
                yield f"{place}/{name}: is no longer certain"
        yield from self._compare_openness(place, old, new, use)

    def _compare_openness(self, place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
        """Of members that have no name in the schema: none, some, or any."""
        old_others, new_others = (schema.get("additionalProperties", True) for schema in (old, new))
        if isinstance(old_others, dict) and isinstance(new_others, dict):
            yield from self.compare(f"{place}/*", old_others, new_others, use)
            return
        old_rank, new_rank = (
            rank if isinstance(rank, bool) else 0.5 for rank in (old_others, new_others)
        )
        if not _is_allowed(old_rank, new_rank, use):
            yield f"{place}/*: {_show(old_others)} became {_show(new_others)}"

    def _compare_alternatives(
        self, place: str, old: Schema, new: Schema, use: Use
    ) -> Iterator[str]:
        """Alternatives are matched by what they are, not by their order."""
        old_word, new_word = (_find_alternatives_word(schema) for schema in (old, new))
        if old_word and new_word and old_word != new_word:
            yield f"{place}: {old_word} became {new_word}"
        old_options, new_options = _list_alternatives(old), _list_alternatives(new)
        for option in sorted(old_options.keys() | new_options.keys()):
            if option not in new_options and not use.may_narrow:
                yield f"{place}: no longer {option}"
            elif option not in old_options and not use.may_widen:
                yield f"{place}: newly {option}"
            elif option in old_options and option in new_options:
                yield from self.compare(place, old_options[option], new_options[option], use)
        if old_word and new_word:
            words = (old.keys() | new.keys()) - {*ALTERNATIVES, "discriminator", "default"}
            yield from compare_rest(place, old, new, words)
            old_name, new_name = (
                schema.get("discriminator", {}).get("propertyName") for schema in (old, new)
            )
            if old_name != new_name:
                yield f"{place}: discriminator {_show(old_name)} became {_show(new_name)}"


def compare_rest(
    place: str, old: Mapping[str, Any], new: Mapping[str, Any], words: Any
) -> Iterator[str]:
    """Differences of words of which nothing is known: each counts as breaking."""
    for word in sorted(words):
        if old.get(word) != new.get(word):
            yield f"{place}: {word} {_show(old.get(word))} became {_show(new.get(word))}"


def _is_allowed(old: float, new: float, use: Use) -> bool:
    """Whether a measure of how much is allowed may change so."""
    return old == new or (use.may_widen if new > old else use.may_narrow)


def _compare_types(place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
    old_types, new_types = _list_types(old), _list_types(new)
    if not _is_set_allowed(old_types, new_types, use):
        yield f"{place}: type {_show(old.get('type'))} became {_show(new.get('type'))}"


def _list_types(schema: Schema) -> set[str] | None:
    kinds = schema.get("type")
    if kinds is None:
        return None
    names = {kinds} if isinstance(kinds, str) else {*kinds}
    return names | {"integer"} if "number" in names else names


def _compare_values(place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
    old_values, new_values = _list_values(old), _list_values(new)
    if _is_set_allowed(old_values, new_values, use):
        return
    gone_values = sorted((old_values or set()) - (new_values or set()))
    added_values = sorted((new_values or set()) - (old_values or set()))
    yield f"{place}: values: gone {_show(gone_values)}, new {_show(added_values)}"


def _list_values(schema: Schema) -> set[str] | None:
    """The values that are listed, as JSON; None for any value."""
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(value) for value in schema["enum"]} if "enum" in schema else None


def _is_set_allowed(old: set[str] | None, new: set[str] | None, use: Use) -> bool:
    """Whether a set may change so; None is the set of everything."""
    if old == new:
        return True
    if old is None or (new is not None and new < old):
        return use.may_narrow
    return use.may_widen if new is None or old < new else False


def _compare_bounds(place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
    for words, unbounded, sign in ((UPPER_BOUNDS, inf, 1), (LOWER_BOUNDS, -inf, -1)):
        for word in words:
            old_bound, new_bound = (sign * schema.get(word, unbounded) for schema in (old, new))
            if not _is_allowed(old_bound, new_bound, use):
                yield f"{place}: {word} {_show(old.get(word))} became {_show(new.get(word))}"


def _compare_restrictions(place: str, old: Schema, new: Schema, use: Use) -> Iterator[str]:
    for word in RESTRICTIONS:
        was, now = old.get(word) or None, new.get(word) or None
        is_harmless = (now is None and use.may_widen) or (was is None and use.may_narrow)
        if was != now and not is_harmless:
            yield f"{place}: {word} {_show(was)} became {_show(now)}"


def _name_reference(schema: Schema) -> str | None:
    reference = schema.get("$ref")
    return None if reference is None else str(reference).rsplit("/", 1)[1]


def _find_alternatives_word(schema: Schema) -> str | None:
    return next((word for word in ALTERNATIVES if word in schema), None)


def _list_alternatives(schema: Schema) -> dict[str, Schema]:
    """The alternatives by what tells them apart; a schema without any is one alone."""
    word = _find_alternatives_word(schema)
    alternatives: dict[str, Schema] = {}
    for option in schema[word] if word else [schema]:
        name = _identify_alternative(option)
        while name in alternatives:
            name += " again"
        alternatives[name] = option
    return alternatives


def _identify_alternative(schema: Schema) -> str:
    name = _name_reference(schema)
    if name is not None:
        return name
    words = [str(schema.get("type", "any"))]
    words += [f"{word} {schema[word]}" for word in ("const", "format") if word in schema]
    return " ".join(words)


def _show(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
