"""Answers about versions: the stored content, and what a day makes of it."""

from datetime import date
from typing import Any

from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.schemas import QualificationAnswer, QualificationSummaryAnswer

_OPTIONAL_COLUMNS = (
    "registry_number",
    "occupational_standard",
    "legal_requirement",
    "validity_term",
    "additional_characteristics",
)


def qualification_answer(dated_version: DatedVersion, today: date) -> QualificationAnswer:
    """A whole version as it stands on the day `today`."""
    version, content = dated_version.row, dated_version.row.content
    return QualificationAnswer.model_validate(
        {
            **version.model_dump(),
            **content,
            **_period_members(dated_version, today),
            "absent": _absent_columns(content),
        }
    )


def summary_answer(dated_version: DatedVersion, today: date) -> QualificationSummaryAnswer:
    """A version as an item of a list, as it stands on the day `today`."""
    version = dated_version.row
    return QualificationSummaryAnswer.model_validate(
        {**version.content, **version.model_dump(), **_period_members(dated_version, today)}
    )


def _period_members(dated_version: DatedVersion, today: date) -> dict[str, Any]:
    """The answer's members that depend on the days of the version and of its qualification."""
    period = dated_version.period
    is_withdrawn = period is not None and period.withdrawn
    return {
        "id": dated_version.row.qualification_id,
        "state": period.state_on(today) if period else None,
        "effective_until": period.effective_until if period else None,
        "withdrawal_reason": dated_version.qualification.withdrawal_reason
        if is_withdrawn
        else None,
    }


def _absent_columns(content: dict[str, Any]) -> list[str]:
    """The names of the form's columns that the content leaves empty."""
    absent_columns = [column for column in _OPTIONAL_COLUMNS if not content.get(column)]
    standard = content.get("occupational_standard") or {}
    if not standard:
        return absent_columns
    order_columns = (
        column for column in ("order_number", "order_date") if not standard.get(column)
    )
    return absent_columns + [f"occupational_standard.{column}" for column in order_columns]
