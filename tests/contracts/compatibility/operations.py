"""Differences of two OpenAPI documents that break clients, those that are generated too."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contracts.compatibility.schemas import SchemaComparison, Use, compare_rest

Part = Mapping[str, Any]

FIRST_REFUSAL = "400"
NOT_MODIFIED = "304"
SCHEMA_WORDS = ("schema", "itemSchema")
"""What describes a whole content, and what describes each item of a stream."""


def compare_openapi(old: Part, new: Part) -> list[str]:
    """What in `new` breaks clients of `old`, by place; empty when nothing does.

    Both are whole documents without annotations.
    """
    return list(_DocumentComparison(old, new).compare())


class _DocumentComparison:
    def __init__(self, old: Part, new: Part) -> None:
        self._old, self._new = old, new
        self._schemas = SchemaComparison(
            old.get("components", {}).get("schemas", {}),
            new.get("components", {}).get("schemas", {}),
        )

    def compare(self) -> Iterator[str]:
        words = (self._old.keys() | self._new.keys()) - {"paths", "components"}
        yield from compare_rest("document", self._old, self._new, words)
        old_components, new_components = (
            document.get("components", {}) for document in (self._old, self._new)
        )
        yield from compare_rest("components", old_components, new_components, ("securitySchemes",))
        for path, methods in self._old["paths"].items():
            new_methods = self._new["paths"].get(path, {})
            for method, operation in methods.items():
                place = f"{method.upper()} {path}"
                if method in new_methods:
                    yield from self._compare_operations(place, operation, new_methods[method])
                else:
                    yield f"{place}: is gone"

    def _compare_operations(self, place: str, old: Part, new: Part) -> Iterator[str]:
        handled_words = {"parameters", "requestBody", "responses", "security", "deprecated"}
        words = (old.keys() | new.keys()) - handled_words
        yield from compare_rest(place, old, new, words)
        yield from self._compare_parameters(place, old, new)
        yield from self._compare_bodies(f"{place} body", old, new)
        yield from self._compare_responses(place, old["responses"], new["responses"])
        yield from _compare_security(place, old.get("security", ()), new.get("security", ()))

    def _compare_parameters(self, place: str, old: Part, new: Part) -> Iterator[str]:
        old_parameters = self._list_parameters(self._old, old)
        new_parameters = self._list_parameters(self._new, new)
        for key in sorted(old_parameters.keys() | new_parameters.keys()):
            name = f"{place} {key}"
            was, now = old_parameters.get(key), new_parameters.get(key)
            if now is None:
                yield f"{name}: is gone"
            elif now.get("required") and not (was or {}).get("required"):
                yield f"{name}: is newly required"
            elif was is not None:
                yield from self._schemas.compare(
                    name, was.get("schema", {}), now.get("schema", {}), Use.SENT
                )
                words = (was.keys() | now.keys()) - {"schema", "required", "deprecated"}
                yield from compare_rest(name, was, now, words)

    def _list_parameters(self, document: Part, operation: Part) -> dict[str, Part]:
        parameters = (_follow(document, part) for part in operation.get("parameters", ()))
        return {f"{part['in']} {part['name']}": part for part in parameters}

    def _compare_bodies(self, place: str, old: Part, new: Part) -> Iterator[str]:
        was = _follow(self._old, old.get("requestBody", {}))
        now = _follow(self._new, new.get("requestBody", {}))
        if now.get("required") and not was.get("required"):
            yield f"{place}: is newly required"
        words = (was.keys() | now.keys()) - {"content", "required"}
        yield from compare_rest(place, was, now, words)
        yield from self._compare_contents(
            place, was.get("content", {}), now.get("content", {}), Use.SENT
        )

    def _compare_contents(self, place: str, old: Part, new: Part, use: Use) -> Iterator[str]:
        for media_type, was in old.items():
            now = new.get(media_type)
            name = f"{place} {media_type}"
            if now is None:
                yield f"{name}: is gone"
                continue
            for word in SCHEMA_WORDS:
                if word in was and word in now:
                    yield from self._schemas.compare(name, was[word], now[word], use)
                else:
                    yield from compare_rest(name, was, now, (word,))
            yield from compare_rest(name, was, now, (was.keys() | now.keys()) - {*SCHEMA_WORDS})

    def _compare_responses(self, place: str, old: Part, new: Part) -> Iterator[str]:
        """A refusal may come or go: clients treat one that they do not know by its hundred."""
        for status in sorted(old.keys() | new.keys()):
            name = f"{place} {status}"
            if status in old and status in new:
                was, now = _follow(self._old, old[status]), _follow(self._new, new[status])
                yield from self._compare_answers(name, was, now)
            elif status < FIRST_REFUSAL and status in old:
                yield f"{name}: is gone"
            elif status < FIRST_REFUSAL and status != NOT_MODIFIED:
                yield f"{name}: is new"

    def _compare_answers(self, place: str, old: Part, new: Part) -> Iterator[str]:
        yield from compare_rest(place, old, new, (old.keys() | new.keys()) - {"headers", "content"})
        old_headers, new_headers = old.get("headers", {}), new.get("headers", {})
        for header, described in old_headers.items():
            if header not in new_headers:
                yield f"{place} {header}: is gone"
                continue
            was = _follow(self._old, described)
            now = _follow(self._new, new_headers[header])
            yield from self._schemas.compare(
                f"header {header}", was.get("schema", {}), now.get("schema", {}), Use.READ
            )
        yield from self._compare_contents(
            place, old.get("content", {}), new.get("content", {}), Use.READ
        )


def _compare_security(place: str, old: Any, new: Any) -> Iterator[str]:
    """Who might call still may: a new way in is harmless, one that is shut is not."""
    if not new or {} in new:
        return
    old_ways, new_ways = (
        {str(sorted((name, sorted(scopes)) for name, scopes in way.items())) for way in ways}
        for ways in (old or [{}], new)
    )
    for way in sorted(old_ways - new_ways):
        yield f"{place}: no longer open with {way}"


def _follow(document: Part, part: Part) -> Part:
    """A part of a document, or what it refers to."""
    reference = part.get("$ref")
    if reference is None:
        return part
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step.replace("~1", "/").replace("~0", "~")]
    described: Part = place
    return described
