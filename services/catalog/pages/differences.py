"""Differences between two versions in the form in which people read them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from pydantic import JsonValue

from services.catalog.qualification.differences import Difference, find_differences

WHOLE_MEMBERS = frozenset({"requirements", "classifiers", "completed_by_publisher"})
"""Members shown whole, before and after: a place inside a tree or a list says little by itself."""


@dataclass(frozen=True, slots=True)
class ReadableDifference:
    """A difference: the member that it is in, the path inside it, and both values.

    `path` has the segments below the member that mean something to people, such as a function's
    code.
    """

    member: str
    path: tuple[str, ...]
    before: JsonValue | date
    after: JsonValue | date
    substantive: bool


def describe_differences(
    old_content: Mapping[str, JsonValue], new_content: Mapping[str, JsonValue]
) -> list[ReadableDifference]:
    """The differences of two contents for people, in the order of the form."""
    readable_differences: list[ReadableDifference] = []
    for difference in find_differences(old_content, new_content):
        member = difference.member
        if member not in WHOLE_MEMBERS:
            readable_differences.append(_describe_difference(difference))
            continue
        substantive = difference.substantive
        if readable_differences and readable_differences[-1].member == member:
            substantive = readable_differences.pop().substantive or substantive
        readable_differences.append(
            ReadableDifference(
                member, (), old_content.get(member), new_content.get(member), substantive
            )
        )
    return readable_differences


def _describe_difference(difference: Difference) -> ReadableDifference:
    """A difference without list indexes in its path, dates as dates."""
    member, *segments = difference.path
    path = tuple(segment for segment in segments if not segment.isdigit())
    if path and path[-1] in {"name", "title"}:
        path = path[:-1]
    values = difference.before, difference.after
    old_value, new_value = map(_parse_day, values) if path[-1:] == ("order_date",) else values
    return ReadableDifference(member, path, old_value, new_value, difference.substantive)


def _parse_day(value: JsonValue) -> date | None:
    """The day of an ISO 8601 date, None for none."""
    return date.fromisoformat(value) if isinstance(value, str) and value else None


class WordRun(NamedTuple):
    """Words of two texts in a row: in both, only in the old one, or only in the new one."""

    place: Literal["both", "old", "new"]
    text: str


def compare_words(old_text: str, new_text: str) -> Iterator[WordRun]:
    """Both texts as one, word by word, with what was taken out before what was put in."""
    old_words, new_words = (re.findall(r"\s+|[^\s]+", text) for text in (old_text, new_text))
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for operation, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if operation == "equal":
            yield WordRun("both", "".join(old_words[old_start:old_end]))
            continue
        if old_end > old_start:
            yield WordRun("old", "".join(old_words[old_start:old_end]))
        if new_end > new_start:
            yield WordRun("new", "".join(new_words[new_start:new_end]))
