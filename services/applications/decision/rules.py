"""What must hold for a decision on certification."""

from collections.abc import Sequence

from services.applications.application.rules import same_person
from services.applications.examination.rules import Result
from shared.errors import RuleViolation


def check_impartial(members: Sequence[str], examiners: Sequence[str]) -> None:
    """Nobody decides on a candidate whom they examined (ISO/IEC 17024, clauses 4.2 and 9.4)."""
    examined = {same_person(name) for name in examiners}
    both = [index for index, name in enumerate(members) if same_person(name) in examined]
    if both:
        raise RuleViolation(
            "decision.impartiality",
            "Who examined the candidate takes no part in the decision. Leave them out.",
            field=f"/members/{both[0]}",
        )


def check_passed(theory: Result, practice: Result | None) -> None:
    """Only who passed both parts is certified (decree 1204, items 14 and 16)."""
    if not theory == practice == Result.PASSED:
        raise RuleViolation(
            "decision.not_passed",
            "The examination was not passed, so the qualification cannot be confirmed. Refuse.",
            field="/outcome",
        )
