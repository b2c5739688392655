"""What must hold for a decision on certification."""

from collections.abc import Sequence
from enum import StrEnum

from services.applications.examination.rules import PartResult
from shared.errors import RuleViolation
from shared.person_names import normalize_person_name


class FinalKind(StrEnum):
    """The kinds of change after which a certificate is valid no more."""

    SUPERSEDED = "superseded"
    ANNULLED = "annulled"
    WITHDRAWN = "withdrawn"


FINAL_CHANGES = {kind.value: kind for kind in FinalKind}
"""The kinds of change that end a certificate."""
SUSPENDING_CHANGES = {"suspended": True, "reinstated": False}
"""The kinds of change that begin or end a suspension."""


def check_impartiality(members: Sequence[str], examiners: Sequence[str]) -> None:
    """No examiner decides on the candidate (ISO/IEC 17024, clauses 4.2 and 9.4)."""
    examiner_names = {normalize_person_name(name) for name in examiners}
    examiner_indexes = [
        index for index, name in enumerate(members) if normalize_person_name(name) in examiner_names
    ]
    if examiner_indexes:
        raise RuleViolation(
            "decision.impartiality",
            "Who examined the candidate takes no part in the decision. Leave them out.",
            field=f"/members/{examiner_indexes[0]}",
        )


def check_examination_passed(result: PartResult) -> None:
    """Only a candidate who passed the examination is certified (decree 1204, items 14 and 16)."""
    if result != PartResult.PASSED:
        raise RuleViolation(
            "decision.not_passed",
            "The examination was not passed, so the qualification cannot be confirmed. Refuse.",
            field="/outcome",
        )
