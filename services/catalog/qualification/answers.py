"""Versions as they are answered: the stored content, and what the day makes of it."""

from datetime import date
from typing import Any

from services.catalog.qualification.queries import Standing
from services.catalog.qualification.schemas import Qualification, QualificationSummary

_MAY_BE_ABSENT = (
    "registry_number",
    "occupational_standard",
    "legal_requirement",
    "validity_term",
    "additional_characteristics",
)


def qualification(standing: Standing, today: date) -> Qualification:
    """A version as it is on the day."""
    version, content = standing.version, standing.version.content
    return Qualification.model_validate(
        {**version.model_dump(), **content, **_days(standing, today), "absent": _absent(content)}
    )


def summary(standing: Standing, today: date) -> QualificationSummary:
    """A version in a list."""
    version = standing.version
    return QualificationSummary.model_validate(
        {**version.content, **version.model_dump(), **_days(standing, today)}
    )


def _days(standing: Standing, today: date) -> dict[str, Any]:
    term = standing.term
    ended = term is not None and term.withdrawn
    return {
        "id": standing.version.qualification_id,
        "state": term.state(today) if term else None,
        "effective_until": term.until if term else None,
        "withdrawal_reason": standing.qualification.withdrawal_reason if ended else None,
    }


def _absent(content: dict[str, Any]) -> list[str]:
    absent = [column for column in _MAY_BE_ABSENT if not content.get(column)]
    standard = content.get("occupational_standard") or {}
    if not standard:
        return absent
    order = (column for column in ("order_number", "order_date") if not standard.get(column))
    return absent + [f"occupational_standard.{column}" for column in order]
