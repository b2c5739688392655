"""Thresholds of a protocol in words, on the page before it is recorded and on the case's page."""

from collections.abc import Sequence
from decimal import Decimal

from services.applications.desk.rendering import say_number
from services.applications.examination.pass_rules import PartPoints, Threshold
from services.applications.examination.rules import PartResult
from services.applications.examination.schemas import ExaminationAnswer, read_part_points
from shared.locale.translator import Translator


def list_threshold_rows(
    t: Translator, parts: Sequence[PartPoints], total: Threshold | None
) -> list[tuple[str, str]]:
    """The label and the outcome of each threshold that there is, the total's last."""
    rows = [
        (t(f"part.{part.name}"), _say_outcome(t, part.points, part.threshold))
        for part in parts
        if part.threshold is not None
    ]
    if total is not None:
        points = sum((part.points for part in parts), Decimal())
        rows.append((t("exam.total"), _say_outcome(t, points, total)))
    return rows


def list_recorded_thresholds(
    t: Translator, examination: ExaminationAnswer
) -> list[tuple[str, str]]:
    """The same of a protocol that was recorded; a total only where both parts were held."""
    total = examination.total_threshold if examination.total is not None else None
    parts = [read_part_points(part.part, part) for part in examination.parts]
    return list_threshold_rows(t, parts, total.read_threshold() if total else None)


def _say_outcome(t: Translator, points: Decimal, threshold: Threshold) -> str:
    result = PartResult.PASSED if threshold.is_met(points) else PartResult.FAILED
    return t(
        f"check.threshold.{threshold.comparator}.{result}",
        points=say_number(t, points),
        threshold=say_number(t, threshold.points),
    )
