"""A difference as people read it."""

from dataclasses import dataclass
from typing import Any

from services.catalog.lifecycle.differences import Difference


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference: the member that it is in, the place inside it, and both values.

    `place` are the steps below the member, such as a function's code; what is an index or the name
    of a list of parts says nothing to people and is left out.
    """

    member: str
    place: tuple[str, ...]
    before: Any
    after: Any
    substantive: bool


def shown(difference: Difference) -> Shown:
    """The difference for people."""
    steps = [
        step.replace("~1", "/").replace("~0", "~") for step in difference.pointer.split("/")[2:]
    ]
    place = tuple(step for step in steps if (not step.isdigit() and "/" in step) or "." in step)
    return Shown(
        difference.member, place, difference.before, difference.after, difference.substantive
    )
