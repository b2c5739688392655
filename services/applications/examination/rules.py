"""What must hold for a step that the state allows: rules of law and of the scheme.

Each `check_` function returns when its rule holds and raises `RuleViolation`, naming the field,
when it does not.
"""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum

from shared.errors import RuleViolation


class PartResult(StrEnum):
    """The result of one part of the examination."""

    PASSED = "passed"
    FAILED = "failed"


def check_parts(
    theory: PartResult, began_on: date, practice: PartResult | None, held_on: date
) -> None:
    """The theoretical part comes first, and decides admission to the practical one (order 601n)."""
    if theory == PartResult.FAILED and practice is not None:
        raise RuleViolation(
            "examination.theory_first",
            "Who failed the theoretical part is not admitted to the practical one. "
            "Leave 'practice' out.",
            field="/practice",
        )
    if theory == PartResult.PASSED and practice is None:
        raise RuleViolation(
            "examination.practice_missing",
            "The theoretical part was passed: state the result of the practical one.",
            field="/practice",
        )
    if held_on < began_on:
        raise RuleViolation(
            "examination.theory_first",
            "The practical part follows the theoretical one. Correct the days.",
            field="/practice/held_on",
        )


def grade_examination(
    theory: PartResult, practice: PartResult | None, total: PartResult | None
) -> PartResult:
    """Passed when both parts were, and all together reach what the instrument asks for the total.

    Decree 1204, item 14. `total` is None where it asks for nothing of the kind.
    """
    is_passed = theory == practice == PartResult.PASSED and total != PartResult.FAILED
    return PartResult.PASSED if is_passed else PartResult.FAILED


def check_own_staff(own_staff: Sequence[bool], minimum_own_staff: int) -> None:
    """Enough examiners are the centre's own staff (order 759n, item 3). Raises `RuleViolation`.

    `own_staff` says of each whether they are.
    """
    if sum(own_staff) < minimum_own_staff:
        raise RuleViolation(
            "examination.commission",
            f"At least {minimum_own_staff} members of the commission are of the centre's own "
            "staff.",
            field="/commission",
            values={"number": minimum_own_staff},
        )


def refuse_repeated_examiner(field: str | None) -> RuleViolation:
    """Nobody examines twice."""
    return RuleViolation(
        "examination.repeated",
        "Each member of the commission stands once. Leave one out.",
        field=field,
    )


def refuse_partial_examiner(field: str | None) -> RuleViolation:
    """Nobody examines themselves, nor whom they act for (ISO/IEC 17024, clause 4.2)."""
    return RuleViolation(
        "examination.impartiality",
        "The candidate and who acts for them are no examiners. Leave them out.",
        field=field,
    )


def check_agreement(agreed_with: Collection[str], *, employer_referred: bool) -> None:
    """Day, time and place are agreed with the applicant, and the employer who referred them.

    Decree 1204, item 9. Raises `RuleViolation`.
    """
    required_parties = {"applicant"} | ({"employer"} if employer_referred else set())
    if not required_parties <= set(agreed_with):
        raise RuleViolation(
            "appointment.agreed",
            f"Agree the day with {' and '.join(sorted(required_parties))}, and say so.",
            field="/agreed_with",
        )


def check_readmission(reason: str | None, *, by_contract: bool) -> None:
    """After a no-show a new day is set only as the contract provides (decree 1204, item 13)."""
    if not by_contract or reason is None:
        raise RuleViolation(
            "appointment.readmission",
            "After a no-show a new day is possible only where the contract gives one: set "
            "'by_contract' and name the clause in 'reason'. Otherwise close the application.",
            field="/by_contract",
        )
