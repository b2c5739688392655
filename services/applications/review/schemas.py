"""Bodies and answers of the review."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.applications.application.schemas import Line, Prose, RowAnswer
from shared.schemas import RequestBody, is_none


class ReviewStartRequest(RequestBody):
    """The reviewer at the centre who takes the review."""

    reviewer: Line


class Remark(RequestBody):
    """What keeps an application from being admitted: in a field, or in a document."""

    field: str | None = Field(
        default=None, max_length=100, pattern=r"^(/[a-z0-9_]+)+$", examples=["/documents/training"]
    )
    document_id: UUID | None = None
    text: Prose

    @model_validator(mode="after")
    def _check_target(self) -> "Remark":
        if (self.field is None) == (self.document_id is None):
            raise PydanticCustomError(
                "remark.target", "a remark is about a field or about a document"
            )
        return self


class ReviewRequest(RequestBody):
    """The result of the centre's review. `return` needs remarks, `decline` needs a reason."""

    outcome: Literal["admit", "return", "decline"]
    remarks: list[Remark] = Field(default_factory=list, max_length=100)
    reason: Prose | None = None
    reviewer: Line


class RecordedRemark(BaseModel):
    """A remark as it was recorded; one about nothing in particular is a reason for declining."""

    model_config = ConfigDict(frozen=True)

    field: str | None = Field(default=None, exclude_if=is_none)
    document_id: UUID | None = Field(default=None, exclude_if=is_none)
    text: str


class ReviewAnswer(RowAnswer):
    """The result of the centre's review."""

    outcome: str
    remarks: tuple[RecordedRemark, ...]
    reviewer: str
    reviewed_at: datetime
