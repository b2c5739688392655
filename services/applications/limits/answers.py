"""A limit as it stands today."""

from datetime import date

from services.applications.limits import models, schemas
from services.applications.limits.rules import LimitState, state


def limit(row: models.TimeLimit, today: date) -> schemas.TimeLimit:
    """A limit as it stands today."""
    standing = state(row.at_risk_on, row.due_on, today, row.ended_on, cancelled=row.cancelled)
    runs = standing in (LimitState.RUNNING, LimitState.AT_RISK, LimitState.LATE)
    return schemas.TimeLimit(
        name=row.name,
        state=standing,
        begun_on=row.begun_on,
        due_on=row.due_on,
        days_left=(row.due_on - today).days if runs else None,
        ended_on=row.ended_on,
        answers=row.answers,
        source=row.source,
        appeal_id=row.appeal_id,
    )
