"""Limits of law: how long each is, which act says so, and which civil day is its last. No I/O.

A service names its limits in a file, its limits' file; a council may have shorter ones of its own.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.councils import council_key
from shared.working_days import WorkCalendar, add_working_days

LimitName = Annotated[
    str,
    Field(
        pattern=r"^[a-z_]{3,40}$",
        description="name of the limit in the file of limits",
        examples=["review"],
    ),
]
ActName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=1_000,
        description="the act that sets the limit",
        examples=["Decree 1204 of 16.11.2016, item 9: 10 calendar days from receipt"],
    ),
]
ActNames = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ActName],
    Field(
        max_length=20,
        description="the act as pages name it, by the language's code",
        examples=[{"en": "Rules no. 1204, item 9: 10 calendar days from receipt"}],
    ),
]


class LastDay(NamedTuple):
    """The last day of a limit: as it is counted, and as it is after a move from a day off."""

    counted_until: date
    due_on: date


class LimitLength(BaseModel):
    """So many days, by this act. The day of the beginning is not counted, the last day is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(ge=0, le=3660, description="length of the limit in days", examples=[10])
    counted_in: Literal["calendar_days", "working_days"] = Field(
        default="calendar_days", description="kind of the days that are counted"
    )
    source: ActName
    sources: ActNames = Field(default_factory=dict)

    def count_from(self, begun_on: date, calendar: WorkCalendar) -> date:
        """The last day as it is counted, which may be a day off."""
        if self.counted_in == "working_days":
            return add_working_days(begun_on, self.days, calendar)
        return begun_on + timedelta(days=self.days)


class CouncilLimit(LimitLength):
    """A council's own length of a limit, by its rules."""

    council: str = Field(
        min_length=1,
        max_length=500,
        description="name of the sector council whose rule it is",
        examples=["Совет по профессиональным квалификациям в строительстве"],
    )


class LimitOfLaw(LimitLength):
    """A limit by the national act, and what councils have of their own within it.

    10 days from 2 March end with 12 March: the limit is broken from the midnight that begins
    13 March. A last day that is a day off moves to the next working day (Civil Code, art. 193),
    where it `moves`. A limit whose extent is `at_least` is a notice: there are to be so many days.
    """

    name: LimitName
    moves: bool = Field(
        default=True, description="whether a last day that is a day off moves to the next working"
    )
    extent: Literal["at_most", "at_least"] = Field(
        default="at_most",
        description="whether it is to be done within so many days, or not before they are over",
    )
    councils: tuple[CouncilLimit, ...] = Field(
        default=(),
        max_length=500,
        description="own limits of councils, each within the national one",
        examples=[[]],
    )

    @model_validator(mode="after")
    def _check_councils(self) -> Self:
        """Raises `ValueError` for a council's limit that gives more than the national act does."""
        keys = [council_key(limit.council) for limit in self.councils]
        if len(set(keys)) < len(keys):
            raise ValueError(f"limit {self.name}: each council may stand once")
        for limit in self.councils:
            if not self._contains(limit):
                raise ValueError(
                    f"limit {self.name}: {limit.council} has {limit.days} {limit.counted_in}; the "
                    f"national limit is {self.extent} {self.days} {self.counted_in}"
                )
        return self

    def _contains(self, limit: CouncilLimit) -> bool:
        """Whether a council's limit can lie within this one: the shorter one holds each time."""
        if self.extent == "at_least":
            return limit.counted_in == self.counted_in and limit.days >= self.days
        kinds = (limit.counted_in, self.counted_in)
        return limit.days <= self.days or kinds == ("calendar_days", "working_days")

    def length_for(self, council: str | None) -> LimitLength:
        """The length that a council has of its own, by any of its names, or the national one."""
        if council is None or not self.councils:
            return self
        key = council_key(council)
        return next((own for own in self.councils if council_key(own.council) == key), self)

    def last_day(
        self, begun_on: date, calendar: WorkCalendar, council: str | None = None
    ) -> LastDay:
        """The last day on which the limit can be met; never later than the national one."""
        own_day = self.length_for(council).count_from(begun_on, calendar)
        counted_until = min(own_day, self.count_from(begun_on, calendar))
        return LastDay(
            counted_until,
            calendar.move_last_day(counted_until) if self.moves else counted_until,
        )


class LimitsOfLaw(BaseModel):
    """Limits that are counted and not watched, by their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: tuple[LimitOfLaw, ...]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        check_unique_names(self.limits)
        return self


LimitT = TypeVar("LimitT", bound=LimitOfLaw)
FileT = TypeVar("FileT", bound=BaseModel)


def check_unique_names(limits: Iterable[LimitOfLaw]) -> None:
    """Raises `ValueError` where two limits have one name."""
    names = [limit.name for limit in limits]
    if len(set(names)) < len(names):
        raise ValueError("each limit may stand once")


def find_limit(limits: Iterable[LimitT], name: str) -> LimitT:
    """The limit of this name. Raises `ValueError` where there is none."""
    for limit in limits:
        if limit.name == name:
            return limit
    raise ValueError(f"the limit {name} is missing")


def read_limits_file(path: Path, file_type: type[FileT]) -> FileT:
    """The limits of a file. Raises `ValueError` that names the file and each of its faults."""
    try:
        return file_type.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"the file of limits {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ValueError(f"the file of limits {path} is not in order: {faults}") from error
