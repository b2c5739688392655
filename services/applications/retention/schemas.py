"""Answers about erasure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.applications.application.schemas import RowAnswer


class ErasureActAnswer(RowAnswer):
    """The act of erasure, with the extract of the log, and what remains today: nothing."""

    application_id: UUID
    act_number: str
    erased_at: datetime
    basis: str
    log: list[dict[str, Any]]
    remaining_counts: dict[str, int] = Field(description="counted now")
    remaining_files: list[str] = Field(description="found in the store now")
