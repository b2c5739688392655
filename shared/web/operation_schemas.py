"""Bodies and answers of the operations endpoints."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from shared.schemas import MAX_EXACT_INTEGER, Count, RequestBody

MAX_SHOWN_CHARACTERS = 1_000
"""Of what came from elsewhere, and can be as long as a record."""

ShownText = Annotated[
    str,
    BeforeValidator(
        lambda text: text[:MAX_SHOWN_CHARACTERS] if isinstance(text, str) else text,
        json_schema_input_type=str,
    ),
    Field(max_length=MAX_SHOWN_CHARACTERS),
]
"""The beginning of a text that nobody bounded."""


class BacklogAnswer(BaseModel):
    """How many events the relay has yet to publish, and the oldest one's time."""

    unpublished: Count = Field(description="events that wait for the relay")
    oldest_recorded_at: datetime | None = Field(
        description="when the oldest of them was recorded; null where none waits"
    )


class DeadLetterAnswer(BaseModel):
    """An event that could not be handled, without its payload: that can be personal data."""

    id: int = Field(
        ge=1, le=MAX_EXACT_INTEGER, description="number of the dead letter", examples=[42]
    )
    topic: ShownText = Field(
        description="Kafka topic that it was read from", examples=["catalog.qualification"]
    )
    key: ShownText = Field(
        description="key of the record: later events of the same one wait behind it",
        examples=["6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"],
    )
    event_id: ShownText = Field(
        description="id of the event; a fingerprint of the record where it has none",
        examples=["0197c1de-7a57-7c3c-b1b6-6f0f3c3a584b"],
    )
    type: ShownText | None = Field(
        description="type of the event; null where the record names none",
        examples=["catalog.qualification.published.v1"],
    )
    status: Literal["waiting", "parked"] = Field(
        description="waiting: failed itself; parked: waits behind one that did"
    )
    reason: ShownText = Field(
        description="rule that the event broke, or the kind of failure", examples=["unreadable"]
    )
    detail: ShownText = Field(
        description="what was wrong, for an operator", examples=["the payload is no JSON"]
    )
    attempts: Count = Field(description="how often it was tried")
    stored_at: datetime = Field(description="when it was kept as a dead letter")


class ReplayAnswer(BaseModel):
    """The outcome of a replay."""

    handled_count: Count = Field(description="events of the key that were handled now")
    failure: ShownText | None = Field(
        description="why the next one failed again; null when none did",
        examples=["There is no qualification 6f2a0f3c."],
    )


class ParkedEventAnswer(BaseModel):
    """An event that no broker takes, without its payload: that can be personal data."""

    id: int = Field(
        ge=1, le=MAX_EXACT_INTEGER, description="number of the event in the outbox", examples=[42]
    )
    topic: ShownText = Field(
        description="topic that it is for, without the prefix", examples=["catalog.qualification"]
    )
    key: ShownText = Field(
        description="key of the event: later ones of the same key wait behind it",
        examples=["6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"],
    )
    type: ShownText = Field(
        description="type of the event", examples=["catalog.qualification.published.v1"]
    )
    payload_bytes: Count = Field(description="size of its payload in bytes")
    reason: ShownText = Field(
        description="kind of failure for which it is parked", examples=["MessageSizeTooLargeError"]
    )
    recorded_at: datetime = Field(description="when it was recorded")
    parked_at: datetime = Field(description="when the broker refused it for good")
    trace_id: str | None = Field(
        max_length=32,
        description="trace in which it was recorded; null where it has none",
        examples=["0af7651916cd43dd8448eb211c80319c"],
    )


class JobStateAnswer(BaseModel):
    """What a scheduler or a worker does again and again, and how its last rounds ended."""

    name: str = Field(max_length=100, description="name of the job", examples=["scan_notices"])
    every_seconds: float = Field(
        ge=0, le=31_536_000, description="seconds between the starts of two rounds", examples=[60.0]
    )
    last_success_at: datetime | None = Field(
        description="when a round last ended well; null: never"
    )
    last_failure_at: datetime | None = Field(description="when a round last failed; null: never")
    failure: ShownText | None = Field(
        description="failure of the last round; null when it ended well",
        examples=["OperationalError"],
    )
    backlog: Count = Field(description="rows that were left after the last round that ended well")


class SetAsideAnswer(BaseModel):
    """A row that a job could not handle, by its id; the reason holds none of its data."""

    job: str = Field(max_length=100, description="name of the job", examples=["scan_notices"])
    subject: ShownText = Field(
        description="id of the row", examples=["6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"]
    )
    reason: ShownText = Field(description="what failed", examples=["DataError"])
    attempts: Count = Field(description="how often it was tried")
    set_aside_at: datetime = Field(description="when it failed first")
    retry_at: datetime = Field(description="when it is tried again by itself")


class DiscardRequest(RequestBody):
    """The reason for which something is given up."""

    reason: str = Field(
        min_length=10,
        max_length=1_000,
        description="why it is given up, for those who look at it later",
        examples=["Sent by mistake; the sender has taken it back."],
    )
