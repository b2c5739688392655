"""What differs between two versions of a qualification, for machines and for people.

Each difference is editorial in kind (wording, references, notes) or substantive: it changes who may
be examined, in what, or for how long the certificate holds. The line follows order 726n of
12.12.2016, item 20, which lets only editorial corrections pass without a new examination.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import RuleViolation

Content = Mapping[str, Any]

MEMBERS = (
    "council",
    "registry_number",
    "name",
    "occupational_standard",
    "further_standards",
    "level",
    "sublevel",
    "labour_functions",
    "additional_information",
    "legal_requirement",
    "requirements",
    "requirements_text",
    "validity_term",
    "additional_characteristics",
    "job_titles",
    "activity_type",
    "special_conditions",
    "classifiers",
    "completed_by_publisher",
)
"""The content's members in the order of the form: the store keeps no order."""

WORDING = frozenset(
    {
        "name",
        "requirements_text",
        "legal_requirement",
        "additional_information",
        "additional_characteristics",
        "completed_by_publisher",
        "activity_type",
        "registry_number",
        "classifiers",
        "job_titles",
    }
)
"""Members whose changes are of wording; of the registry number, only that it becomes known."""

_BY_KEY = {"labour_functions": "code", "further_standards": "code", "job_titles": "title"}
_WORDING_INSIDE = {
    "occupational_standard": frozenset({"title", "order_number", "order_date"}),
    "further_standards": frozenset({"title", "order_number", "order_date"}),
    "labour_functions": frozenset({"name"}),
    "requirements": frozenset({"title"}),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs.

    `pointer` is a JSON pointer into the content, with the key in place of the index for lists whose
    items have one (`/labour_functions/A~101.3/name`); `before` and `after` are JSON values, None
    where there is none.
    """

    pointer: str
    before: Any
    after: Any
    substantive: bool

    @property
    def member(self) -> str:
        """The member of the content that it is in."""
        return self.pointer.split("/")[1]


def differences(before: Content, after: Content) -> list[Difference]:
    """All places that differ, in the order of the form's members."""
    found: list[Difference] = []
    for member in MEMBERS:
        for path, old, new in _changes(member, before.get(member), after.get(member)):
            pointer = "/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)
            found.append(Difference(pointer, old, new, _substantive(member, path, old)))
    return found


def check_editorial(before: Content, after: Content) -> None:
    """Refuses a substantive change as an editorial one. Raises `RuleViolation`, naming all."""
    changed = [found.pointer for found in differences(before, after) if found.substantive]
    if changed:
        raise RuleViolation(
            "version.substantive",
            "An editorial correction changes wording only. Undo these changes, or draft the "
            f"version as a substantive change: {', '.join(changed)}.",
            field=changed[0],
            extra={"substantive": changed},
        )


def _substantive(member: str, path: tuple[str, ...], old: Any) -> bool:
    if member == "registry_number":
        return old is not None
    return member not in WORDING and path[-1] not in _WORDING_INSIDE.get(member, frozenset())


def _changes(member: str, old: Any, new: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    yield from _walk((member,), _keyed(member, old), _keyed(member, new))


def _keyed(member: str, value: Any) -> Any:
    """A list whose items have a key, as a mapping: a moved or inserted item is not a change."""
    key = _BY_KEY.get(member)
    if key is None or not isinstance(value, list):
        return value
    return {_key(item, key): item for item in value}


def _key(item: Mapping[str, Any], key: str) -> str:
    """Codes of functions are unique within their standard only."""
    standard = item.get("standard")
    return f"{standard} {item[key]}" if standard else str(item[key])


def _walk(path: tuple[str, ...], old: Any, new: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for step in dict.fromkeys((*old, *new)):
            yield from _walk((*path, step), old.get(step), new.get(step))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for step, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _walk((*path, str(step)), one, other)
    else:
        yield path, old, new
