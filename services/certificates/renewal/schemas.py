"""Bodies of a council's acts about windows of renewal, and answers."""

from datetime import date, timedelta
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

from services.certificates.certificate.members import (
    Actor,
    CouncilName,
    QualificationId,
    RecordedAt,
    StatedLine,
    StatedProse,
)
from services.certificates.certificate.schemas import RowAnswerBase
from shared.schemas import MAX_EXACT_INTEGER, CivilDay, Count, RequestBody, Revision
from shared.stated import Stated

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


Places = Annotated[int, Stated(MAX_PLACES)]
"""Examinations on a working day."""


class RenewalCapacityRequest(RequestBody):
    """How many examinations of a qualification all centres together take on a working day."""

    places_per_day: int | None = Field(
        ge=1,
        le=MAX_PLACES,
        description="examinations on a working day; null: what is measured counts again",
        examples=[40],
    )


class RenewalCapacityAnswer(BaseModel):
    """The capacity that counts, and where it comes from."""

    qualification_id: QualificationId
    places_per_day: Places | None = Field(
        description="examinations on a working day; null before it was measured the first time",
        examples=[40],
    )
    declared_places: Places | None = Field(
        description="what the council states; null: what is measured", examples=[40]
    )
    measured_places: Places | None = Field(
        description="examinations on a working day, by what was issued of late", examples=[36]
    )
    measured_on: date | None = Field(
        description="the civil day of that measure; null before the first", examples=["2026-11-25"]
    )
    revision: Revision


CohortFrom = Annotated[
    CivilDay,
    Field(
        description="the first day on which certificates of the cohort end",
        examples=["2029-11-01"],
    ),
]
CohortTo = Annotated[
    CivilDay,
    Field(
        description="the last such day; at most 366 days after the first", examples=["2029-11-30"]
    ),
]
WindowStart = Annotated[
    CivilDay,
    Field(description="the first day of their window from now on", examples=["2029-06-04"]),
]
WindowEnd = Annotated[
    CivilDay,
    Field(description="its last day, no later than `ends_from`", examples=["2029-08-31"]),
]


class PullForwardSelection(RequestBody):
    """The certificates of a qualification that end within these days, inclusive."""

    qualification_id: QualificationId
    ends_from: CohortFrom
    ends_to: CohortTo

    @model_validator(mode="after")
    def _check_cohort(self) -> "PullForwardSelection":
        if not timedelta(0) <= self.ends_to - self.ends_from <= _MAX_DAYS:
            raise PydanticCustomError(
                "renewal.cohort_days", "ends_to is ends_from or later, at most 366 days"
            )
        return self


class PullForwardRequest(PullForwardSelection):
    """The days to which their windows are moved, why, and where that is explained."""

    count: int = Field(
        ge=0, le=MAX_EXACT_INTEGER, description="how many the preview showed", examples=[250]
    )
    starts_on: WindowStart
    window_ends_on: WindowEnd
    reason: str = Field(
        min_length=10,
        max_length=1000,
        description="why, in words for people",
        examples=["В ноябре 2029 года закрыты два центра из трёх"],
    )
    explanation_url: Annotated[
        str,
        Field(
            max_length=500,
            description="an https address that says why these days",
            examples=["https://council.example/renewal-2029"],
        ),
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

    count: Count = Field(description="how many certificates the cohort has", examples=[250])


class PullForwardAnswer(RowAnswerBase):
    """A council's act that moved windows."""

    id: UUID = Field(description="the act's id", examples=["e07a4d92-13bc-4f6e-8d55-9a6f20c7b183"])
    qualification_id: QualificationId
    council: CouncilName
    cohort_from: CohortFrom
    cohort_to: CohortTo
    starts_on: WindowStart
    ends_on: date = Field(
        description="the last day of their window from now on", examples=["2029-08-31"]
    )
    reason: StatedProse = Field(
        description="why, in the council's words",
        examples=["В ноябре 2029 года закрыты два центра из трёх"],
    )
    explanation_url: StatedLine = Field(
        description="where it is explained", examples=["https://council.example/renewal-2029"]
    )
    certificate_count: Count = Field(description="how many windows were moved", examples=[250])
    actor: Actor
    recorded_at: RecordedAt
