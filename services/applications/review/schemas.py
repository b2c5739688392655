"""Bodies and answers of the review."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.applications.application.schemas import RowAnswer
from services.applications.application.values import (
    DocumentId,
    RecordedActor,
    RecordedText,
    Reviewer,
)
from shared.schemas import RequestBody, is_none
from shared.values.lines import FreeText

MOST_REMARKS = 100
REMARK_TEXT = "what is wrong, and what to bring"
ReviewOutcome = Annotated[
    Literal["admit", "return", "decline"], Field(description="result of the review")
]
RemarkField = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^(/[a-z0-9_]+)+$",
        description="the member of the form that the remark is about, as a JSON pointer",
        examples=["/documents/training"],
    ),
]


REMARK_EXAMPLE: dict[str, JsonValue] = {
    "field": "/documents/training",
    "text": "Приложите удостоверение целиком.",
}


class ReviewStartRequest(RequestBody):
    """The reviewer at the centre who takes the review."""

    reviewer: Reviewer


class Remark(RequestBody):
    """What keeps an application from being admitted: in a field, or in a document."""

    model_config = ConfigDict(json_schema_extra={"examples": [REMARK_EXAMPLE]})

    field: RemarkField | None = None
    document_id: DocumentId | None = Field(
        default=None, description="the document that the remark is about"
    )
    text: FreeText = Field(description=REMARK_TEXT, examples=["Приложите удостоверение целиком."])

    @model_validator(mode="after")
    def _check_target(self) -> "Remark":
        if (self.field is None) == (self.document_id is None):
            raise PydanticCustomError(
                "remark.target", "a remark is about a field or about a document"
            )
        return self


class ReviewRequest(RequestBody):
    """The result of the centre's review. `return` needs remarks, `decline` needs a reason."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "return", "remarks": [REMARK_EXAMPLE], "reviewer": "М. С. Орлова"}
            ]
        }
    )

    outcome: ReviewOutcome
    remarks: list[Remark] = Field(
        default_factory=list,
        max_length=MOST_REMARKS,
        description="what keeps the application from being admitted; for a return",
    )
    reason: FreeText | None = Field(
        default=None,
        description="reason for declining",
        examples=["Квалификация не относится к области деятельности центра."],
    )
    reviewer: Reviewer


class RecordedRemark(BaseModel):
    """A remark as it was recorded; one about nothing in particular is a reason for declining."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [REMARK_EXAMPLE]})

    field: RemarkField | None = Field(default=None, exclude_if=is_none)
    document_id: DocumentId | None = Field(
        default=None, exclude_if=is_none, description="the document that the remark is about"
    )
    text: RecordedText = Field(
        description=REMARK_TEXT, examples=["Приложите удостоверение целиком."]
    )


class ReviewAnswer(RowAnswer):
    """The result of the centre's review."""

    outcome: ReviewOutcome
    remarks: tuple[RecordedRemark, ...] = Field(
        max_length=MOST_REMARKS + 1,
        description="the remarks, and a reason for declining; none once the file was erased",
    )
    reviewer: RecordedActor = Field(
        description="who reviewed, by name; empty once the file was erased"
    )
    reviewed_at: datetime = Field(description="instant at which the result was recorded")
