"""What differs between two versions of a qualification, for machines and for people.

Each difference is editorial in kind (wording, references, notes) or substantive: it changes who may
be examined, in what, or for how long the certificate holds. The line follows order 726n of
12.12.2016, item 20, which lets only editorial corrections pass without a new examination.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from jsonpointer import JsonPointer
from pydantic import JsonValue

from shared.errors import RuleViolation

JsonContent: TypeAlias = Mapping[str, JsonValue]
"""A content in its JSON form."""

Path: TypeAlias = tuple[str, ...]
"""Members, keys and indexes from the content down to a value."""

ValuePair: TypeAlias = tuple[Path, JsonValue, JsonValue]
"""Where two contents differ, and the old and the new value there, None where there is none."""

CONTENT_MEMBERS = (
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

WORDING_MEMBERS = frozenset(
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

_KEY_MEMBERS = {"labour_functions": "code", "further_standards": "code", "job_titles": "title"}
_WORDING_MEMBERS_INSIDE = {
    "occupational_standard": frozenset({"title", "order_number", "order_date"}),
    "further_standards": frozenset({"title", "order_number", "order_date"}),
    "labour_functions": frozenset({"name"}),
    "requirements": frozenset({"title"}),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two contents differ.

    `pointer` is a JSON pointer into the content, with the key in place of the index for lists whose
    items have one (`/labour_functions/A~101.3/name`); `before` and `after` are JSON values, None
    where there is none.
    """

    pointer: str
    before: JsonValue
    after: JsonValue
    substantive: bool

    @property
    def path(self) -> Path:
        """The members, keys and indexes that the pointer names."""
        return tuple(JsonPointer(self.pointer).parts)

    @property
    def member(self) -> str:
        """The member of the content in which the place lies."""
        return self.path[0]


def find_differences(old_content: JsonContent, new_content: JsonContent) -> list[Difference]:
    """All places in which the contents differ, in the order of the form's members."""
    all_differences: list[Difference] = []
    for member in CONTENT_MEMBERS:
        for path, old_value, new_value in _walk_member(
            member, old_content.get(member), new_content.get(member)
        ):
            pointer: str = JsonPointer.from_parts(path).path
            all_differences.append(
                Difference(pointer, old_value, new_value, _is_substantive(member, path, old_value))
            )
    return all_differences


def check_editorial_change(old_content: JsonContent, new_content: JsonContent) -> None:
    """Raises `RuleViolation`, naming all, for substantive differences in an editorial change."""
    pointers = [
        difference.pointer
        for difference in find_differences(old_content, new_content)
        if difference.substantive
    ]
    if pointers:
        raise RuleViolation(
            "version.substantive",
            "An editorial correction changes wording only. Undo these changes, or draft the "
            f"version as a substantive change: {', '.join(pointers)}.",
            field=pointers[0],
            extra={"substantive": pointers},
        )


def _is_substantive(member: str, path: Path, old_value: JsonValue) -> bool:
    """Whether a difference at this path is more than wording."""
    if member == "registry_number":
        return old_value is not None
    return member not in WORDING_MEMBERS and path[-1] not in _WORDING_MEMBERS_INSIDE.get(
        member, frozenset()
    )


def _walk_member(member: str, old_value: JsonValue, new_value: JsonValue) -> Iterator[ValuePair]:
    """The paths within a member whose values differ, each with the old and the new value."""
    yield from _walk_values(
        (member,), _index_by_key(member, old_value), _index_by_key(member, new_value)
    )


def _index_by_key(member: str, value: JsonValue) -> JsonValue:
    """A list whose items have a key, as a mapping: a moved or inserted item is no difference."""
    key = _KEY_MEMBERS.get(member)
    if key is None or not isinstance(value, list):
        return value
    return {_item_key(item, key): item for item in value if isinstance(item, dict)}


def _item_key(item: JsonContent, key: str) -> str:
    """The item's key, with its standard in front: function codes are unique within one only."""
    standard = item.get("standard")
    return f"{standard} {item[key]}" if standard else str(item[key])


def _walk_values(path: Path, old_value: JsonValue, new_value: JsonValue) -> Iterator[ValuePair]:
    """The paths below `path` whose values differ, each with the old and the new value."""
    if old_value == new_value:
        return
    if isinstance(old_value, dict) and isinstance(new_value, dict):
        for segment in dict.fromkeys((*old_value, *new_value)):
            yield from _walk_values(
                (*path, segment), old_value.get(segment), new_value.get(segment)
            )
    elif (
        isinstance(old_value, list)
        and isinstance(new_value, list)
        and len(old_value) == len(new_value)
    ):
        for index, (old_item, new_item) in enumerate(zip(old_value, new_value, strict=True)):
            yield from _walk_values((*path, str(index)), old_item, new_item)
    else:
        yield path, old_value, new_value
