"""Bodies and answers of appointment, examination and dispatch."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.applications.application.schemas import (
    Day,
    PeopleStepRequest,
    RowAnswer,
    StepRequest,
)
from services.applications.application.values import (
    DocumentId,
    ProtocolNumber,
    RecordedLine,
    RecordedPlace,
)
from services.applications.examination.pass_rules import (
    Comparator,
    PartPoints,
    TaskPoints,
    Threshold,
)
from services.applications.examination.rules import PartResult
from shared.schemas import RequestBody, ZonedInstant
from shared.values.decimals import DecimalNumber
from shared.values.lines import Line

MOST_SCORES, MOST_EXAMINERS, MOST_MATERIALS = 200, 30, 100
PLACE = "place of the examination, by its address"
STARTS_AT = "instant at which the examination begins"
AGREED_ON = "civil day of the agreement"
AGREED_WITH = "with whom place and time were agreed"
REASON = "reason of another day than was agreed before"
INSTRUMENT = "code of the assessment instrument"
COMMISSION = "members of the expert commission"
MATERIALS = "attached documents, such as recordings"
SCORES = "points by criterion"
TOTAL_THRESHOLD = "threshold of both parts together; absent where there is none"
HELD_ON = "civil day on which the part was held"
ExaminationPartName = Annotated[
    Literal["theory", "practice"], Field(description="which part it is")
]


class AppointmentRequest(StepRequest):
    """Place and time, agreed with the applicant, and with the employer who referred them."""

    place: Line = Field(description=PLACE, examples=["Санкт-Петербург, Литейный пр., 10"])
    starts_at: ZonedInstant = Field(description=STARTS_AT)
    agreed_on: Day = Field(description=AGREED_ON)
    agreed_with: list[Literal["applicant", "employer"]] = Field(
        min_length=1, max_length=2, description=AGREED_WITH, examples=[["applicant"]]
    )
    by_contract: bool = Field(
        default=False, description="after a no-show: the contract gives another day"
    )
    reason: Line | None = Field(default=None, description=REASON, examples=["Болезнь соискателя"])


MAXIMUM = "the most points that can be got; absent: not stated"


class ThresholdRequest(RequestBody):
    """The points that decide by the instrument, and whether it is enough to reach them."""

    model_config = ConfigDict(frozen=True)

    points: DecimalNumber = Field(description="points of the threshold", examples=[42.5])
    comparator: Comparator = Field(
        default=Comparator.AT_LEAST, description="whether reaching the threshold is enough"
    )

    def read_threshold(self) -> Threshold:
        """The threshold as points are compared with it."""
        return Threshold(self.points, self.comparator)


THRESHOLD = Field(
    default=None, description="threshold of all tasks together; absent where there is none"
)


class Score(RequestBody):
    """A criterion of the assessment instrument, the points got and the points required."""

    criterion: Line = Field(
        description="name of the criterion", examples=["Чтение проектной документации"]
    )
    points: DecimalNumber = Field(
        description="points got: a number, or a text with a comma or a point", examples=[18]
    )
    required_points: DecimalNumber | None = Field(
        default=None,
        description="points that this task asks for, at least; absent where it asks for none",
        examples=[15],
    )
    maximum_points: DecimalNumber | None = Field(default=None, description=MAXIMUM, examples=[20])

    @property
    def task_points(self) -> TaskPoints:
        """The points as they are graded."""
        return TaskPoints(self.points, self.required_points, self.maximum_points)


class ExaminationPart(RequestBody):
    """A part of the examination, by the instrument's rules.

    Passed when every task has the points that it asks for, and all together reach the threshold.
    """

    held_on: Day = Field(description=HELD_ON)
    scores: list[Score] = Field(min_length=1, max_length=MOST_SCORES, description=SCORES)
    threshold: ThresholdRequest | None = THRESHOLD
    maximum_points: DecimalNumber | None = Field(default=None, description=MAXIMUM, examples=[60])


class Examiner(RequestBody):
    """A member of the expert commission that examines."""

    name: Line = Field(description="name of the examiner", examples=["К. Д. Лебедев"])
    own_staff: bool = Field(description="whether of the centre's own staff")


class ExaminationRequest(PeopleStepRequest):
    """The commission's protocol. `practice` is absent when the theoretical part was failed.

    What is asked for is the instrument's: of tasks, of a part, of both parts together.
    """

    instrument: Line | None = Field(
        default=None, description=INSTRUMENT, examples=["07.01000.01.001"]
    )
    theory: ExaminationPart = Field(description="the theoretical part")
    practice: ExaminationPart | None = Field(default=None, description="the practical part")
    total_threshold: ThresholdRequest | None = Field(default=None, description=TOTAL_THRESHOLD)
    protocol_number: ProtocolNumber
    commission: list[Examiner] = Field(
        min_length=1, max_length=MOST_EXAMINERS, description=COMMISSION
    )
    materials: list[DocumentId] = Field(
        default_factory=list, max_length=MOST_MATERIALS, description=MATERIALS
    )


class DispatchRequest(StepRequest):
    """The day on which the centre sent the file to the council."""

    sent_on: Day = Field(description="civil day of sending")


class RecordedPart(BaseModel):
    """A part of the examination as it was recorded."""

    model_config = ConfigDict(frozen=True)

    part: ExaminationPartName
    held_on: date = Field(description=HELD_ON)
    scores: tuple[Score, ...] = Field(max_length=MOST_SCORES, description=SCORES)
    threshold: ThresholdRequest | None = THRESHOLD
    maximum_points: DecimalNumber | None = Field(default=None, description=MAXIMUM, examples=[60])


def read_part_points(name: str, part: ExaminationPart | RecordedPart) -> PartPoints:
    """The points of a part as they are graded, under its name."""
    return PartPoints(
        name,
        [score.task_points for score in part.scores],
        part.threshold.read_threshold() if part.threshold else None,
        part.maximum_points,
    )


class AppointmentAnswer(RowAnswer):
    """The place and time of the examination, and with whom they were agreed."""

    place: RecordedPlace = Field(description=PLACE)
    starts_at: datetime = Field(description=STARTS_AT)
    agreed_on: date = Field(description=AGREED_ON)
    agreed_with: tuple[Literal["applicant", "employer"], ...] = Field(
        max_length=2, description=AGREED_WITH
    )
    reason: RecordedLine | None = Field(description=REASON)


class ExaminationAnswer(RowAnswer):
    """The expert commission's protocol: days, results by part, commission, materials."""

    began_on: date = Field(description="civil day of the first part")
    held_on: date = Field(description="civil day of the last part")
    theory: PartResult = Field(description="result of the theoretical part")
    practice: PartResult | None = Field(
        description="result of the practical part; absent where it was not held"
    )
    total: PartResult | None = Field(
        description="result of both parts together; absent where the instrument has no threshold"
        " for it, or the practical part was not held"
    )
    total_threshold: ThresholdRequest | None = Field(description=TOTAL_THRESHOLD)
    result: PartResult = Field(description="result of the whole examination")
    parts: tuple[RecordedPart, ...] = Field(
        max_length=2, description="the parts as recorded; none once the file was erased"
    )
    instrument: RecordedLine | None = Field(description=INSTRUMENT, examples=["07.01000.01.001"])
    protocol_number: ProtocolNumber
    commission: tuple[Examiner, ...] = Field(max_length=MOST_EXAMINERS, description=COMMISSION)
    materials: tuple[DocumentId, ...] = Field(max_length=MOST_MATERIALS, description=MATERIALS)
