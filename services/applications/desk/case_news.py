"""News of a case for those who have its page open: that it has changed, when, and by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy import func, select, true
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application.models import Application, History
from services.applications.documents.dependencies import get_application_resources
from shared.db import execute
from shared.locale.translator import Translator
from shared.pages.live import ChangeWatch, LiveClient


@dataclass(frozen=True, slots=True)
class CaseState:
    """How far a case is: its revision, and the last line of its history."""

    revision: int
    history_id: int
    changed_at: datetime
    actor: str


NewsClient: TypeAlias = LiveClient[CaseState]


async def read_case_states(
    session: AsyncSession, application_ids: Sequence[UUID]
) -> Mapping[UUID, CaseState]:
    """The states of these cases, in one statement."""
    last_lines = (
        select(col(History.id), col(History.at), col(History.actor))
        .where(col(History.application_id) == Application.id)
        .order_by(col(History.id).desc())
        .limit(1)
        .correlate(Application)
        .lateral()
    )
    query = (
        select(
            col(Application.id),
            col(Application.revision),
            func.coalesce(last_lines.c.id, 0),
            func.coalesce(last_lines.c.at, col(Application.submitted_at)),
            func.coalesce(last_lines.c.actor, ""),
        )
        .outerjoin(last_lines, true())
        .where(col(Application.id).in_(application_ids))
    )
    rows = (await execute(session, query)).all()
    return {row[0]: CaseState(*row[1:]) for row in rows}


async def get_case_watch(request: Request) -> ChangeWatch[CaseState]:
    """What watches the cases for the open pages of this process."""
    state = request.app.state
    if not hasattr(state, "case_watch"):
        client_limit = get_application_resources(request).settings.live_client_limit
        state.case_watch = ChangeWatch(read_case_states, client_limit)
    watch: ChangeWatch[CaseState] = state.case_watch
    return watch


CaseWatch = Annotated[ChangeWatch[CaseState], Depends(get_case_watch)]
"""The open pages of cases of this process."""


def say_news(t: Translator, state: CaseState, shown_history_id: int, zone: ZoneInfo) -> str:
    """That the case has changed; when and by whom, where its history has a line of it."""
    if state.history_id <= shown_history_id:
        return t("news.changed")
    return t("news.changed_by", time=t.format_time(state.changed_at, zone), actor=state.actor)
