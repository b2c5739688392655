"""The time limits of applications."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.applications.base import ApplicationsTable, of_application, serial


class TimeLimit(ApplicationsTable, table=True):
    """A limit that runs, ran or was called off; each once for its beginning.

    `next_on` is the civil date of the next thing to tell, and the watermark of the scan: none after
    the last. The limit's days are kept as they were when it began: a change of law does not move
    what already runs.
    """

    __tablename__ = "time_limit"
    __table_args__ = (
        UniqueConstraint(
            *("application_id", "appeal_id", "name", "round"),
            name="uq_time_limit_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_time_limit_next", "next_on", "id"),
        Index("ix_time_limit_application", "application_id", "id"),
        Index("ix_time_limit_open", "due_on", "id", postgresql_where="ended_on IS NULL"),
    )

    id: int | None = serial()
    application_id: UUID = of_application()
    appeal_id: UUID | None = Field(default=None, foreign_key="appeal.id")
    name: str
    round: int
    centre_number: str
    answers: str
    source: str
    begun_on: date
    at_risk_on: date
    due_on: date
    ended_on: date | None = None
    cancelled: bool = False
    told_at_risk_on: date | None = None
    told_late_on: date | None = None
    next_on: date | None
