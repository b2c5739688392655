"""A limit as it stands today."""

from datetime import date

from services.applications.limits.models import TimeLimit
from services.applications.limits.rules import LimitState, state_on
from services.applications.limits.schemas import TimeLimitAnswer


def build_limit_answer(row: TimeLimit, today: date) -> TimeLimitAnswer:
    """The answer for a time limit, with its state on the civil date `today`."""
    limit_state = state_on(row.at_risk_on, row.due_on, today, row.ended_on, cancelled=row.cancelled)
    is_running = limit_state in (LimitState.RUNNING, LimitState.AT_RISK, LimitState.LATE)
    return TimeLimitAnswer(
        name=row.name,
        state=limit_state,
        begun_on=row.begun_on,
        counted_until=row.counted_until,
        due_on=row.due_on,
        days_left=(row.due_on - today).days if is_running else None,
        ended_on=row.ended_on,
        responsible=row.responsible,
        source=row.source,
        sources=row.sources,
        appeal_id=row.appeal_id,
    )
