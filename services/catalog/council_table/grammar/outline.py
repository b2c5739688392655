"""A rule tree as a numbered outline: exact for any tree, and readable.

    Запись правила:
    1. Все: Документы для прохождения профессионального экзамена
    1.1. Документ education_secondary_general: Документ о среднем общем образовании
    1.2. Любой: Опыт работы
    1.2.1. Опыт experience_record, месяцев 6, области quality_measurement, resource_planning: ...
    1.2.2. Опыт experience_record, месяцев 12, области remote_request_handling: ...

The export puts it under column 9's prose where the prose alone would not be read as that tree.
"""

import re
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from shared.events.requirements import AllOf, AnyOf, DocumentRule, ExperienceRule, RequirementRule

MARK = "Запись правила:"
"""The line that opens an outline."""

_RULE: TypeAdapter[RequirementRule] = TypeAdapter(RequirementRule)
_LINE = re.compile(r"(?P<path>(?:\d{1,2}\.)+) (?P<what>[^:]+): (?P<title>.+)")
_DOCUMENT = re.compile(r"Документ (?P<kind>[a-z0-9_]+)")
_EXPERIENCE = re.compile(
    r"Опыт (?P<kind>[a-z0-9_]+), месяцев (?P<months>\d{1,3}), области (?P<fields>[a-z0-9_, ]+)"
)
_NODES = {"Все": "all_of", "Любой": "any_of"}


def written(rule: RequirementRule) -> str:
    """The outline, its mark included."""
    return "\n".join([MARK, *_lines(rule, "1.")])


def read(lines: list[str]) -> RequirementRule | None:
    """The tree of the lines under the mark; None where they are no outline."""
    rows = [_LINE.fullmatch(line) for line in lines]
    nodes: dict[str, dict[str, object]] = {}
    for row in rows:
        node = _node(row["what"]) if row is not None else None
        if row is None or node is None or row["path"] in nodes:
            return None
        path = row["path"]
        nodes[path] = node | {"title": row["title"]}
        parent = path[: path[:-1].rfind(".") + 1]
        if not _adopted(nodes.get(parent), nodes[path], path, parent):
            return None
    try:
        return _RULE.validate_python(nodes.get("1."))
    except ValidationError:
        return None


def _adopted(
    parent: dict[str, object] | None, child: dict[str, object], path: str, parent_path: str
) -> bool:
    """Puts the child under its parent, whose next number it must bear. The first has none."""
    if not parent_path:
        return path == "1."
    parts = parent.get("parts") if parent is not None else None
    if not isinstance(parts, list) or path != f"{parent_path}{len(parts) + 1}.":
        return False
    parts.append(child)
    return True


def _node(what: str) -> dict[str, object] | None:
    if what in _NODES:
        return {"rule": _NODES[what], "parts": []}
    if document := _DOCUMENT.fullmatch(what):
        return {"rule": "document", "kind": document["kind"]}
    if experience := _EXPERIENCE.fullmatch(what):
        fields = experience["fields"].split(", ")
        months = int(experience["months"])
        return {"rule": "experience", "kind": experience["kind"], "months": months} | {
            "fields": fields
        }
    return None


def _lines(rule: RequirementRule, path: str) -> Iterator[str]:
    match rule:
        case AllOf() | AnyOf():
            yield f"{path} {'Все' if isinstance(rule, AllOf) else 'Любой'}: {rule.title}"
            for number, part in enumerate(rule.parts, 1):
                yield from _lines(part, f"{path}{number}.")
        case DocumentRule():
            yield f"{path} Документ {rule.kind}: {rule.title}"
        case ExperienceRule():
            fields = ", ".join(rule.fields)
            yield f"{path} Опыт {rule.kind}, месяцев {rule.months}, области {fields}: {rule.title}"
