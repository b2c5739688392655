"""How a qualification comes into force, and what it must have for that. No I/O."""

from collections.abc import Mapping
from enum import StrEnum

from shared.errors import RuleViolation
from shared.lifecycle import Transitions


class Status(StrEnum):
    """Where a qualification stands."""

    DRAFT = "draft"  # the council acts next: correct or publish
    PUBLISHED = "published"  # in force; applications may name it


class Command(StrEnum):
    """What can be done to a qualification."""

    EDIT = "edit"
    PUBLISH = "publish"


TRANSITIONS = Transitions[Status, Command](
    {Status.DRAFT: {Command.EDIT: Status.DRAFT, Command.PUBLISH: Status.PUBLISHED}}
)


def check_publishable(columns: Mapping[str, object]) -> None:
    """Refuses to publish what could not be certified.

    A qualification rests on an occupational standard or on a legal requirement (order 726n, items
    4-5), and its certificates need a term (order 726n, item 5: the council decides it). Raises
    `RuleViolation` with the pointer of the missing column.
    """
    if not columns["occupational_standard"] and not columns["legal_requirement"]:
        raise RuleViolation(
            "qualification.basis",
            "State the occupational standard or the legal requirement that the qualification "
            "rests on, then publish.",
            field="/occupational_standard",
        )
    if not columns["validity_term"]:
        raise RuleViolation(
            "qualification.term",
            "State how long certificates are valid, for example P3Y, then publish.",
            field="/validity_term",
        )
