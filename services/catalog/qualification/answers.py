"""Answers about versions: the stored content, and what a day makes of it."""

from datetime import date

from services.catalog.qualification.form import FormContent
from services.catalog.qualification.queries import DatedVersion
from services.catalog.qualification.schemas import (
    QualificationAnswer,
    QualificationSummaryAnswer,
)

_OPTIONAL_COLUMNS = (
    "registry_number",
    "occupational_standard",
    "legal_requirement",
    "validity_term",
    "additional_characteristics",
)


def qualification_answer(dated_version: DatedVersion, today: date) -> QualificationAnswer:
    """A whole version as it stands on the day `today`."""
    version, period = dated_version.row, dated_version.period
    is_withdrawn = period is not None and period.withdrawn
    reason = dated_version.qualification.withdrawal_reason
    return QualificationAnswer(
        **dict(version.content),
        id=version.qualification_id,
        version=version.version,
        status=version.status,
        state=period.state_on(today) if period else None,
        revision=version.revision,
        change=version.change,
        change_reason=version.change_reason,
        remarks=version.remarks,
        approval=version.approval,
        effective_from=version.effective_from,
        effective_until=period.effective_until if period else None,
        withdrawal_reason=reason if is_withdrawn else None,
        created_at=version.created_at,
        submitted_at=version.submitted_at,
        published_at=version.published_at,
        absent=_absent_columns(version.content),
    )


def summary_answer(dated_version: DatedVersion, today: date) -> QualificationSummaryAnswer:
    """A version as an item of a list, as it stands on the day `today`; its content is not read."""
    version, period = dated_version.row, dated_version.period
    return QualificationSummaryAnswer(
        id=version.qualification_id,
        version=version.version,
        status=version.status,
        state=period.state_on(today) if period else None,
        registry_number=version.registry_number,
        name=version.name,
        council=version.council,
        level=version.level,
        sublevel=version.sublevel,
        standards=version.standards,
        validity_term=version.validity_term,
        effective_from=version.effective_from,
        effective_until=period.effective_until if period else None,
    )


def _absent_columns(content: FormContent) -> list[str]:
    """The names of the form's columns that the content leaves empty."""
    absent_columns = [column for column in _OPTIONAL_COLUMNS if not getattr(content, column)]
    standard = content.occupational_standard
    if standard is None:
        return absent_columns
    if not standard.order_number:
        absent_columns.append("occupational_standard.order_number")
    if not standard.order_date:
        absent_columns.append("occupational_standard.order_date")
    return absent_columns
