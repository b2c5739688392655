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

OUTLINE_MARK = "Запись правила:"
"""The line that opens an outline."""

_RULE: TypeAdapter[RequirementRule] = TypeAdapter(RequirementRule)
_OUTLINE_LINE = re.compile(r"(?P<path>(?:\d{1,2}\.)+) (?P<what>[^:]+): (?P<title>.+)")
_DOCUMENT = re.compile(r"Документ (?P<kind>[a-z0-9_]+)")
_EXPERIENCE = re.compile(
    r"Опыт (?P<kind>[a-z0-9_]+), месяцев (?P<months>\d{1,3}), области (?P<fields>[a-z0-9_, ]+)"
)
_GROUP_RULES = {"Все": "all_of", "Любой": "any_of"}


def format_outline(rule: RequirementRule) -> str:
    """The outline of a rule tree, with its opening line."""
    return "\n".join([OUTLINE_MARK, *_format_lines(rule, "1.")])


def parse_outline(lines: list[str]) -> RequirementRule | None:
    """The tree of the lines below the opening line; None where they are no outline."""
    matches = [_OUTLINE_LINE.fullmatch(line) for line in lines]
    nodes: dict[str, dict[str, object]] = {}
    for match in matches:
        node = _parse_node(match["what"]) if match is not None else None
        if match is None or node is None or match["path"] in nodes:
            return None
        path = match["path"]
        nodes[path] = node | {"title": match["title"]}
        parent = path[: path[:-1].rfind(".") + 1]
        if not _attach_child(nodes.get(parent), nodes[path], path, parent):
            return None
    try:
        return _RULE.validate_python(nodes.get("1."))
    except ValidationError:
        return None


def _attach_child(
    parent: dict[str, object] | None, child: dict[str, object], path: str, parent_path: str
) -> bool:
    """Adds a node to its parent; False if it does not bear the parent's next number.

    The root has an empty `parent_path` and must be number 1.
    """
    if not parent_path:
        return path == "1."
    parts = parent.get("parts") if parent is not None else None
    if not isinstance(parts, list) or path != f"{parent_path}{len(parts) + 1}.":
        return False
    parts.append(child)
    return True


def _parse_node(text: str) -> dict[str, object] | None:
    """A node without its title, in the JSON form of a rule; None for text of no known kind."""
    if text in _GROUP_RULES:
        return {"rule": _GROUP_RULES[text], "parts": []}
    if document := _DOCUMENT.fullmatch(text):
        return {"rule": "document", "kind": document["kind"]}
    if experience := _EXPERIENCE.fullmatch(text):
        fields = experience["fields"].split(", ")
        months = int(experience["months"])
        return {"rule": "experience", "kind": experience["kind"], "months": months} | {
            "fields": fields
        }
    return None


def _format_lines(rule: RequirementRule, path: str) -> Iterator[str]:
    """The lines of the rule and of all below it, numbered from `path`."""
    match rule:
        case AllOf() | AnyOf():
            yield f"{path} {'Все' if isinstance(rule, AllOf) else 'Любой'}: {rule.title}"
            for number, part in enumerate(rule.parts, 1):
                yield from _format_lines(part, f"{path}{number}.")
        case DocumentRule():
            yield f"{path} Документ {rule.kind}: {rule.title}"
        case ExperienceRule():
            fields = ", ".join(rule.fields)
            yield f"{path} Опыт {rule.kind}, месяцев {rule.months}, области {fields}: {rule.title}"
