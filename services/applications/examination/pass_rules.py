"""How an instrument grades: each task its least, each part its threshold, and the total. No I/O.

Points are decimals, and compared as they were written. The rules come from the instrument (order
601n of 01.11.2016), whose threshold the commission's protocol states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.applications.examination.rules import PartResult
from shared.errors import RuleViolation

ALL_PARTS = 2
"""Parts of an examination that was held to its end: theory and practice."""


class Comparator(StrEnum):
    """How points are compared with a threshold."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The points that decide, and whether it is enough to reach them."""

    points: Decimal
    comparator: Comparator = Comparator.AT_LEAST

    def is_met(self, points: Decimal) -> bool:
        """Whether so many points are enough."""
        if self.comparator is Comparator.MORE_THAN:
            return points > self.points
        return points >= self.points


@dataclass(frozen=True, slots=True)
class TaskPoints:
    """The points of one task: those got, the least that it asks for, and the most that it gives."""

    points: Decimal
    required_points: Decimal | None = None
    maximum_points: Decimal | None = None

    @property
    def is_met(self) -> bool:
        """Whether the task has its least, where it asks for any."""
        return self.required_points is None or self.points >= self.required_points


@dataclass(frozen=True, slots=True)
class PartPoints:
    """The points of one part of the examination, and what it asks for as a whole."""

    name: str
    tasks: Sequence[TaskPoints]
    threshold: Threshold | None = None
    maximum_points: Decimal | None = None

    @property
    def points(self) -> Decimal:
        """The points of all tasks together."""
        return sum((task.points for task in self.tasks), Decimal())

    @property
    def is_decided(self) -> bool:
        """Whether anything is asked for, so that there is something to pass."""
        return self.threshold is not None or any(
            task.required_points is not None for task in self.tasks
        )

    def grade(self) -> PartResult:
        """Passed when every task has its least, and all together reach the threshold."""
        reaches_threshold = self.threshold is None or self.threshold.is_met(self.points)
        is_passed = reaches_threshold and all(task.is_met for task in self.tasks)
        return PartResult.PASSED if is_passed else PartResult.FAILED


def grade_total(threshold: Threshold | None, parts: Sequence[PartPoints]) -> PartResult | None:
    """The result of all parts together; None where the instrument has no threshold for it."""
    if threshold is None:
        return None
    is_met = threshold.is_met(sum((part.points for part in parts), Decimal()))
    return PartResult.PASSED if is_met else PartResult.FAILED


def check_points(parts: Sequence[PartPoints], total: Threshold | None) -> None:
    """The points and what they are compared with fit each other. Raises `RuleViolation`."""
    for part in parts:
        _check_part(part, has_total=total is not None)
    maxima = [part.maximum_points for part in parts if part.maximum_points is not None]
    if total is not None and len(maxima) == ALL_PARTS:
        _check_reachable(total, sum(maxima, Decimal()), "/total_threshold/points")


def _check_part(part: PartPoints, *, has_total: bool) -> None:
    for index, task in enumerate(part.tasks):
        pointer = f"/{part.name}/scores/{index}"
        _check_maximum(task.points, task.maximum_points, f"{pointer}/points")
        _check_maximum(task.required_points, task.maximum_points, f"{pointer}/required_points")
    _check_maximum(part.points, part.maximum_points, f"/{part.name}/scores")
    if part.threshold is not None:
        _check_reachable(part.threshold, part.maximum_points, f"/{part.name}/threshold/points")
    if not part.is_decided and not has_total:
        raise RuleViolation(
            "examination.threshold_missing",
            "State the instrument's threshold: of the tasks, of the part, or of the total.",
            field=f"/{part.name}/threshold",
        )


def _check_maximum(points: Decimal | None, maximum: Decimal | None, pointer: str) -> None:
    if points is not None and maximum is not None and points > maximum:
        raise RuleViolation(
            "examination.maximum",
            f"The instrument gives at most {maximum} points here.",
            field=pointer,
            values={"maximum": maximum},
        )


def _check_reachable(threshold: Threshold, maximum: Decimal | None, pointer: str) -> None:
    _check_maximum(threshold.points, maximum, pointer)
    if maximum is not None and not threshold.is_met(maximum):
        raise RuleViolation(
            "examination.unreachable",
            f"Nobody gets more than {maximum} points: say 'at_least', or correct the threshold.",
            field=pointer,
            values={"maximum": maximum},
        )
