"""Differences as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.catalog.qualification.differences import Difference, differences

TREE = "requirements"
"""The member that is shown whole, before and after: a step inside a tree says little by itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference: the member that it is in, the place inside it, and both values.

    `place` are the steps below the member that mean something to people, such as a function's code.
    """

    member: str
    place: tuple[str, ...]
    before: Any
    after: Any
    substantive: bool


def shown(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Shown]:
    """The differences of two contents for people, in the order of the form."""
    found: list[Shown] = []
    for difference in differences(before, after):
        if difference.member != TREE:
            found.append(_one(difference))
        elif not found or found[-1].member != TREE:
            found.append(Shown(TREE, (), before[TREE], after[TREE], difference.substantive))
        elif difference.substantive:
            found[-1] = Shown(TREE, (), before[TREE], after[TREE], substantive=True)
    return found


def _one(difference: Difference) -> Shown:
    steps = (
        step.replace("~1", "/").replace("~0", "~") for step in difference.pointer.split("/")[2:]
    )
    member, place = difference.member, tuple(step for step in steps if not step.isdigit())
    if place and place[-1] in {"name", "title"}:
        place = place[:-1]
    before, after = difference.before, difference.after
    if place[-1:] == ("order_date",):
        before, after = _day(before), _day(after)
    return Shown(member, place, before, after, difference.substantive)


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
