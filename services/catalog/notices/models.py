"""What councils set of their qualifications' notices: every change is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Integer
from sqlmodel import Field

from services.catalog.base import CatalogTable
from shared.columns import Instant


class NoticePlanChange(CatalogTable, table=True):
    """One change of a qualification's plan of notices; the last one, by `revision`, stands.

    `revision` counts the changes from 1 on. Without thresholds the council went back to what
    applies to all qualifications. `set_by` is the subject of the token.
    """

    __tablename__ = "notice_plan_change"

    qualification_id: UUID = Field(primary_key=True, foreign_key="qualification.id")
    revision: int = Field(primary_key=True)
    thresholds_days: list[int] | None = Field(sa_column=Column(ARRAY(Integer)))
    set_at: datetime = Field(sa_type=Instant)
    set_by: str
