"""What must hold for a decision on certification."""

from enum import StrEnum

from services.applications.examination.rules import PartResult
from shared.errors import RuleViolation


class FinalKind(StrEnum):
    """The kinds of change after which nobody is reminded of a certificate's end.

    It is annulled or withdrawn; or its holder has a newer one, and it may still be valid.
    """

    SUPERSEDED = "superseded"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"


FINAL_CHANGES = {kind.value: kind for kind in FinalKind}
"""The kinds of change that end the reminders."""
RESTORING_CHANGE = "restored"
"""The kind of change by which a certificate has a successor no more: that was annulled."""
SUSPENDING_CHANGES = {"suspended": True, "reinstated": False}
"""The kinds of change that begin or end a suspension."""


def refuse_partial_decider(field: str | None) -> RuleViolation:
    """Nobody decides who examined the candidate, is the candidate, or acts for them.

    ISO/IEC 17024, clauses 4.2 and 9.4.
    """
    return RuleViolation(
        "decision.impartiality",
        "The candidate, who acts for them and who examined them take no part in the decision. "
        "Leave them out.",
        field=field,
    )


def refuse_repeated_decider(field: str | None) -> RuleViolation:
    """Nobody decides twice."""
    return RuleViolation(
        "decision.members", "Each member of the council stands once. Leave one out.", field=field
    )


def check_examination_passed(result: PartResult) -> None:
    """Only a candidate who passed the examination is certified (decree 1204, items 14 and 16)."""
    if result != PartResult.PASSED:
        raise RuleViolation(
            "decision.not_passed",
            "The examination was not passed, so the qualification cannot be confirmed. Refuse.",
            field="/outcome",
        )
