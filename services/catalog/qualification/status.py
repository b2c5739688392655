"""The steps of a version, from a council's draft to publication, and what each step needs.

A qualification is published, and changed, version by version. Order 726n of 12.12.2016, items 8-20:
the council drafts, the national agency has the draft examined by experts, the approved one enters
the registry. An editorial correction is approved without that examination (item 20); every other
change goes through all of it again.
"""

from collections.abc import Mapping
from enum import StrEnum

from services.catalog.qualification.form import FormContent
from shared.errors import RuleViolation
from shared.transitions import Transitions


class Status(StrEnum):
    """The status of a version; each says who acts next."""

    DRAFT = "draft"  # the council: correct, submit or discard
    UNDER_REVIEW = "under_review"  # the experts: return or approve
    APPROVED = "approved"  # the registry: publish from a day
    PUBLISHED = "published"  # nobody: it never changes again
    DISCARDED = "discarded"  # nobody: it never came into force


class Change(StrEnum):
    """How a version relates to the one before it."""

    FIRST = "first"
    EDITORIAL = "editorial"  # wording only: who must show what, and for what, stays the same
    SUBSTANTIVE = "substantive"


class Command(StrEnum):
    """The commands that can be applied to a version."""

    EDIT = "edit"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    PUBLISH = "publish"
    DISCARD = "discard"


_SUBSTANTIVE_TRANSITIONS: dict[Status, dict[Command, Status]] = {
    Status.DRAFT: {
        Command.EDIT: Status.DRAFT,
        Command.SUBMIT: Status.UNDER_REVIEW,
        Command.DISCARD: Status.DISCARDED,
    },
    Status.UNDER_REVIEW: {
        Command.RETURN: Status.DRAFT,
        Command.APPROVE: Status.APPROVED,
        Command.DISCARD: Status.DISCARDED,
    },
    Status.APPROVED: {
        Command.RETURN: Status.DRAFT,
        Command.PUBLISH: Status.PUBLISHED,
        Command.DISCARD: Status.DISCARDED,
    },
}
_EDITORIAL_TRANSITIONS = _SUBSTANTIVE_TRANSITIONS | {
    Status.DRAFT: {**_SUBSTANTIVE_TRANSITIONS[Status.DRAFT], Command.APPROVE: Status.APPROVED}
}

TRANSITIONS: Mapping[Change, Transitions[Status, Command]] = {
    Change.FIRST: Transitions[Status, Command](_SUBSTANTIVE_TRANSITIONS),
    Change.SUBSTANTIVE: Transitions[Status, Command](_SUBSTANTIVE_TRANSITIONS),
    Change.EDITORIAL: Transitions[Status, Command](_EDITORIAL_TRANSITIONS),
}

OPEN_STATUSES = (Status.DRAFT, Status.UNDER_REVIEW, Status.APPROVED)
"""A version that is on its way. A qualification has at most one."""


def check_certifiable(content: FormContent) -> None:
    """Refuses to pass on a version that could not be certified.

    A qualification rests on an occupational standard or on a legal requirement (order 726n, items
    4-5), and its certificates need a term (order 726n, item 5: the council decides it). Raises
    `RuleViolation` with the pointer of the missing column.
    """
    if content.occupational_standard is None and content.legal_requirement is None:
        raise RuleViolation(
            "qualification.basis",
            "State the occupational standard or the legal requirement that the qualification "
            "rests on, then go on.",
            field="/occupational_standard",
        )
    if content.validity_term is None:
        raise RuleViolation(
            "qualification.term",
            "State how long certificates are valid, for example P3Y, then go on.",
            field="/validity_term",
        )
