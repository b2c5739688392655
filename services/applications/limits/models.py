"""The time limits of applications."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.applications.base import ApplicationsTable, application_id_column
from shared.columns import identity_key, json_column


class TimeLimit(ApplicationsTable, table=True):
    """A time limit that runs, ran or was cancelled; one row for each beginning.

    `appeal_id` is a foreign key to a table of a room above, appeals: for limits of an appeal.

    `counted_until` is the last day before it moved from a day off, `due_on` the day after that.
    `next_report_on` is the civil date of the next report, and the watermark of the scan: None
    after the last. The limit's days and sources are kept as they were when it began: a change of
    law does not move what already runs.
    """

    __tablename__ = "time_limit"
    __table_args__ = (
        UniqueConstraint(
            *("application_id", "appeal_id", "name", "round"),
            name="uq_time_limit_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_time_limit_next", "next_report_on", "id"),
        Index("ix_time_limit_application", "application_id", "id"),
        Index("ix_time_limit_open", "due_on", "id", postgresql_where="ended_on IS NULL"),
        Index(
            "ix_time_limit_by_centre",
            *("centre_number", "due_on", "id"),
            postgresql_where="ended_on IS NULL",
        ),
        Index("ix_time_limit_at_risk", "at_risk_on", "id", postgresql_where="ended_on IS NULL"),
    )

    id: int | None = identity_key()
    application_id: UUID = application_id_column()
    appeal_id: UUID | None = Field(default=None, foreign_key="appeal.id")
    name: str
    round: int
    centre_number: str
    responsible: str
    source: str
    sources: dict[str, str] = json_column(dict[str, str])
    begun_on: date
    counted_until: date
    at_risk_on: date
    due_on: date
    ended_on: date | None = None
    cancelled: bool = False
    at_risk_reported_on: date | None = None
    late_reported_on: date | None = None
    next_report_on: date | None
