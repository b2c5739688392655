"""Which thresholds a plan of notices may have."""

from collections.abc import Sequence

from shared.errors import RuleViolation


def check_thresholds(
    thresholds_days: Sequence[int], *, most_days: int, most_thresholds: int
) -> list[int]:
    """The thresholds without repetitions, the longest first.

    Raises `RuleViolation` for one that is longer than `most_days`, and for too many.
    """
    for index, days in enumerate(thresholds_days):
        if days > most_days:
            raise RuleViolation(
                "notice_plan.days",
                f"Holders are told at most {most_days} days before the end.",
                field=f"/thresholds_days/{index}",
                values={"number": most_days},
            )
    thresholds = sorted(set(thresholds_days), reverse=True)
    if len(thresholds) > most_thresholds:
        raise RuleViolation(
            "notice_plan.thresholds",
            f"A plan has at most {most_thresholds} thresholds.",
            field="/thresholds_days",
            values={"number": most_thresholds},
        )
    return thresholds
