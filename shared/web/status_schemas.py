"""What a process tells operators of its duties, and of what its service's database says of all."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.job_states.job_views import JobHealth
from shared.schemas import Count
from shared.web.operation_schemas import JobStateAnswer, ShownText

MAX_AGE_SECONDS = 3_153_600_000
"""A hundred years."""
Age = Annotated[float, Field(ge=0, le=MAX_AGE_SECONDS)]
"""In seconds."""


class DutyAnswer(BaseModel):
    """A duty of the process that answers, from its memory: also where no database is."""

    name: str = Field(max_length=100, description="name of the duty", examples=["relay"])
    is_leader: bool | None = Field(
        description="whether the process leads in it; null where nobody does"
    )
    last_success_at: datetime | None = Field(
        description="when a round last ended well here; null: never, or rounds are not told apart"
    )
    last_failure_at: datetime | None = Field(description="when a round last failed; null: never")
    failure: ShownText | None = Field(
        description="failure of the last round; null when it ended well",
        examples=["PublishingFailed"],
    )
    running_since: datetime | None = Field(
        description="when the round began that runs now; null between two"
    )


class JobStatus(JobStateAnswer):
    """A job of the service, whichever process does it, as its row tells."""

    health: JobHealth = Field(
        description="well; failing: the last round failed; stale: nobody runs it, or it hangs;"
        " never: no round has ended well"
    )
    oldest_waiting_seconds: Age | None = Field(
        description="for how long the oldest work that is due has waited; null where this is not"
        " measured",
        examples=[0.0],
    )


class LeaseStatus(BaseModel):
    """Who leads in a duty that one process at a time does."""

    name: str = Field(max_length=100, description="name of the duty", examples=["relay"])
    is_held: bool = Field(description="whether a process leads now")
    holder: UUID | None = Field(description="random id of who led last; null: nobody ever did")
    fence: Count = Field(description="grows with each change of who leads")
    renewed_at: datetime | None = Field(description="when it was renewed; null: never")
    expires_at: datetime | None = Field(
        description="when another process takes over, unless it is renewed; null: never held"
    )


class EventsStatus(BaseModel):
    """What is stuck on the event path."""

    unpublished: Count = Field(description="events that wait for the relay; 20,000: that or more")
    oldest_seconds: Age = Field(
        description="for how long the first that may go has waited", examples=[0.0]
    )
    parked: Count = Field(description="events that no broker takes; their keys wait behind them")
    dead_letters: Count = Field(description="events that could not be handled, and those behind")
    set_aside: Count = Field(description="rows that jobs could not handle")


class StatusAnswer(BaseModel):
    """The state of a process and of its service."""

    service: str = Field(max_length=100, description="name of the service", examples=["catalog"])
    process: str = Field(max_length=100, description="kind of the process", examples=["worker"])
    version: str = Field(max_length=100, description="version of its code", examples=["0.1.0"])
    at: datetime = Field(description="when this was read")
    duties: list[DutyAnswer] = Field(max_length=100, description="what this process itself does")
    jobs: list[JobStatus] | None = Field(
        max_length=200, description="all jobs of the service, those in trouble first; null: unread"
    )
    leases: list[LeaseStatus] | None = Field(
        max_length=20, description="who leads in what; null: unread"
    )
    events: EventsStatus | None = Field(description="what waits on the event path; null: unread")
    unread_parts: list[Literal["jobs", "leases", "events"]] = Field(
        max_length=3,
        description="which of these parts the database did not tell in time",
        examples=[["jobs"]],
    )
