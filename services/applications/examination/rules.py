"""What must hold for appointment and examination: rules of law and of the scheme."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum

from services.applications.application.rules import same_person
from shared.errors import RuleViolation


class Result(StrEnum):
    """How a part of the examination went."""

    PASSED = "passed"
    FAILED = "failed"


def result(scores: Sequence[tuple[float, float]]) -> Result:
    """A part is passed when every criterion of the instrument is met (decree 1204, item 14).

    `scores` are pairs of the points got and the points needed.
    """
    return Result.PASSED if all(got >= needed for got, needed in scores) else Result.FAILED


def check_parts(theory: Result, began_on: date, practice: Result | None, held_on: date) -> None:
    """Theory comes first, and decides admission to the practical part (order 601n)."""
    if theory == Result.FAILED and practice is not None:
        raise RuleViolation(
            "examination.theory_first",
            "Who failed the theoretical part is not admitted to the practical one. "
            "Leave 'practice' out.",
            field="/practice",
        )
    if theory == Result.PASSED and practice is None:
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


def check_commission(commission: Sequence[tuple[str, bool]], minimum: int) -> None:
    """Enough different people of the centre's own staff (order 759n, item 3).

    `commission` are pairs of a name and whether the person is of the centre's staff.
    """
    if len({same_person(name) for name, _ in commission}) < len(commission):
        raise RuleViolation(
            "examination.commission",
            "Each member of the commission stands once.",
            field="/commission",
        )
    if sum(own for _, own in commission) < minimum:
        raise RuleViolation(
            "examination.commission",
            f"At least {minimum} members of the commission are of the centre's own staff.",
            field="/commission",
        )


def check_agreed(agreed_with: Collection[str], *, employer_referred: bool) -> None:
    """Day, time and place are agreed with the applicant, and the employer who referred them.

    Decree 1204, item 9.
    """
    needed = {"applicant"} | ({"employer"} if employer_referred else set())
    if not needed <= set(agreed_with):
        raise RuleViolation(
            "appointment.agreed",
            f"Agree the day with {' and '.join(sorted(needed))}, and say so.",
            field="/agreed_with",
        )


def check_readmission(reason: str | None, *, by_contract: bool) -> None:
    """Who did not appear is examined on another day only as the contract says (decree 1204, 13)."""
    if not by_contract or reason is None:
        raise RuleViolation(
            "appointment.readmission",
            "After a no-show a new day is possible only where the contract gives one: set "
            "'by_contract' and name the clause in 'reason'. Otherwise close the application.",
            field="/by_contract",
        )
