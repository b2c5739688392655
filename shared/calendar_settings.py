"""The settings of the civil calendar: days off and working days beside the country's own."""

from datetime import date
from functools import cached_property

from pydantic import Field
from pydantic_settings import BaseSettings

from shared.working_days import WorkCalendar


class CalendarSettings(BaseSettings):
    """Which days people work on, and whether the last day of a limit moves from a day off."""

    days_off: frozenset[date] = Field(
        default=frozenset(),
        description="days off that the country's calendar does not know yet",
    )
    working_days: frozenset[date] = Field(
        default=frozenset(), description="days that were moved to be working days, likewise"
    )
    last_days_move: bool = Field(
        default=True,
        description="the last day of a limit moves from a day off to the next working day (Civil"
        " Code, art. 193; that it holds for every limit of these acts is inferred)",
    )

    @cached_property
    def work_calendar(self) -> WorkCalendar:
        """The country's working days, with what these settings add."""
        return WorkCalendar(
            days_off=self.days_off,
            working_days=self.working_days,
            moves_last_days=self.last_days_move,
        )
