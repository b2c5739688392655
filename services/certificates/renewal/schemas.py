"""Bodies of a council's acts about windows of renewal, and answers."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.certificates.certificate.schemas import RowAnswerBase
from shared.schemas import RequestBody

MAX_PLACES = 1_000_000
_MAX_DAYS = timedelta(days=366)
_URL = TypeAdapter(HttpUrl)


def _check_explanation_url(value: str) -> str:
    """A link that pages can show as it is: https, a host's name, nobody's password."""
    try:
        url = _URL.validate_python(value)
    except ValidationError:
        url = None
    if url is None or url.scheme != "https" or url.username or url.password:
        raise PydanticCustomError("renewal.url", "must be an https address without a password")
    return str(url)


class RenewalCapacityRequest(RequestBody):
    """How many examinations of a qualification all centres together take on a working day."""

    places_per_day: int | None = Field(
        ge=1, le=MAX_PLACES, description="null: what is measured counts again"
    )


class RenewalCapacityAnswer(BaseModel):
    """The capacity that counts, and where it comes from."""

    qualification_id: UUID = Field(description="the qualification's id")
    places_per_day: int | None = Field(
        description="on a working day; null before it was measured the first time"
    )
    declared_places: int | None = Field(
        description="what the council states; null: what is measured"
    )
    measured_places: int | None = Field(description="by what was issued of late")
    measured_on: date | None = Field(
        description="the civil day of that measure; null before the first"
    )
    revision: int = Field(description="for If-Match; it grows with each statement of the council")


class PullForwardSelection(RequestBody):
    """The certificates of a qualification that end within these days, inclusive."""

    qualification_id: UUID = Field(description="the qualification's id")
    ends_from: date = Field(description="the first day on which certificates of the cohort end")
    ends_to: date = Field(description="the last such day; at most 366 days after the first")

    @model_validator(mode="after")
    def _check_cohort(self) -> "PullForwardSelection":
        if not timedelta(0) <= self.ends_to - self.ends_from <= _MAX_DAYS:
            raise PydanticCustomError(
                "renewal.cohort_days", "ends_to is ends_from or later, at most 366 days"
            )
        return self


class PullForwardRequest(PullForwardSelection):
    """The days to which their windows are moved, why, and where that is explained."""

    count: int = Field(ge=0, description="how many the preview showed")
    starts_on: date = Field(description="the first day of their window from now on")
    window_ends_on: date = Field(description="its last day, no later than `ends_from`")
    reason: str = Field(min_length=10, max_length=1000, description="why, in words for people")
    explanation_url: Annotated[
        str,
        Field(max_length=500, description="an https address that says why these days"),
        AfterValidator(_check_explanation_url),
    ]

    @model_validator(mode="after")
    def _check_window(self) -> "PullForwardRequest":
        if not timedelta(0) <= self.window_ends_on - self.starts_on <= _MAX_DAYS:
            raise PydanticCustomError(
                "renewal.window_days", "window_ends_on is starts_on or later, at most 366 days"
            )
        if self.window_ends_on > self.ends_from:
            raise PydanticCustomError(
                "renewal.window_late", "window_ends_on is no later than ends_from"
            )
        return self


class PullForwardPreviewAnswer(BaseModel):
    """How many windows would be moved."""

    count: int = Field(description="how many certificates the cohort has")


class PullForwardAnswer(RowAnswerBase):
    """A council's act that moved windows."""

    id: UUID = Field(description="the act's id")
    qualification_id: UUID = Field(description="the qualification's id")
    council: str = Field(description="who acted, by the council's name")
    cohort_from: date = Field(description="the certificates that end from this day")
    cohort_to: date = Field(description="up to this day, inclusive")
    starts_on: date = Field(description="the first day of their window now")
    ends_on: date = Field(description="the last day of their window now")
    reason: str = Field(description="why, in the council's words")
    explanation_url: str = Field(description="where it is explained")
    certificate_count: int = Field(description="how many windows were moved")
    actor: str = Field(description="the subject of the token that acted")
    recorded_at: datetime = Field(description="when")
