"""Bodies and answers about endpoints."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.certificates.rosters.schemas import SubscriptionKey
from services.certificates.webhooks.rules import AttemptKind, CheckKind, EndpointState
from shared.delivery.attempts import AttemptOutcome
from shared.delivery.destinations import URL_LENGTH
from shared.schemas import MAX_EXACT_INTEGER, Count, Position, RequestBody, Revision
from shared.stated import Stated
from shared.values.contacts import EmailAddress

CONTACT_LENGTH = 254
MAX_BATCH = 1000
"""Of events in one message: a setting cannot admit more."""


Contact = Annotated[
    EmailAddress,
    Field(
        description="who is told by mail when nothing is taken",
        examples=["it@portal.example"],
    ),
]
BatchMax = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_BATCH,
        description="the most events in one message; 1: each alone, not in a list",
        examples=[100],
    ),
]
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=URL_LENGTH,
        description="https, port 443, a name of DNS whose addresses are all on the Internet",
        examples=["https://portal.example/attesta"],
    ),
]
LastEvent = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_EXACT_INTEGER,
        description="the last event that you have; those after it are sent",
        examples=[1023],
    ),
]
CheckId = Annotated[
    UUID, Field(description="the check's id", examples=["5b0e9c73-4a61-4dd8-97f2-c80d1e3a6b94"])
]
EndpointKey = Annotated[
    UUID, Field(description="the endpoint's id", examples=["d9f41c28-6e05-4b7a-a1c3-20e8b75f9d46"])
]
Secret = Annotated[
    str,
    Stated(100, 30),
    Field(
        description="`whsec_…`, for a library of Standard Webhooks",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    ),
]
Status = Annotated[int, Stated(999, 100)]
"""A status of HTTP."""
AttemptFailure = Annotated[str, Stated(200, 1)]
"""Why a request failed, by a word or a status."""


class EndpointRequest(RequestBody):
    """An address to which events are to go."""

    url: Url
    contact: Contact
    batch_max: BatchMax = 100
    after: LastEvent | None = Field(
        default=None,
        description="the last event that you have; events after it are sent. Absent: later ones",
    )


class EndpointPatch(RequestBody):
    """What is to change of an endpoint; absent members stay."""

    url: Url | None = Field(
        default=None,
        description="another address: it is verified anew before events go there",
    )
    contact: Contact | None = Field(default=None, description="who is told by mail from now on")
    batch_max: BatchMax | None = Field(default=None, description="the most events in one message")


class ReplayRequest(RequestBody):
    """From where events are sent again."""

    after: LastEvent


class SkipRequest(RequestBody):
    """Which event is not to be sent."""

    sequence: int = Field(
        ge=1,
        le=MAX_EXACT_INTEGER,
        description="the next event: the one after `delivered_through`",
        examples=[1024],
    )


class EndpointAnswer(BaseModel):
    """An endpoint: how it stands, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: EndpointKey
    subscription_id: SubscriptionKey
    url: Annotated[str, Stated(URL_LENGTH, 1)] = Field(
        description="the address to which events are sent",
        examples=["https://portal.example/attesta"],
    )
    contact: Annotated[str, Stated(CONTACT_LENGTH, 3)] = Field(
        description="who is told by mail when nothing is taken", examples=["it@portal.example"]
    )
    batch_max: BatchMax
    state: EndpointState = Field(description="whether it was verified, and whether events go there")
    revision: Revision
    created_at: datetime = Field(
        description="when it was entered", examples=["2026-11-25T09:30:00Z"]
    )
    delivered_through: Position = Field(
        description="the last event that was taken", examples=[1023]
    )
    last_sequence: Position = Field(description="the last event that there is", examples=[1024])
    next_attempt_at: datetime | None = Field(
        default=None,
        description="when the next event is sent; absent where none waits",
        examples=["2026-11-25T09:31:00Z"],
    )
    delivered_at: datetime | None = Field(
        description="when an event was last taken; null before the first",
        examples=["2026-11-25T09:30:40Z"],
    )
    failures: Count = Field(description="tries since then that failed", examples=[0])
    failing_since: datetime | None = Field(
        description="since when every try has failed; null where the last was taken",
        examples=[None],
    )


class NewEndpointAnswer(EndpointAnswer):
    """A new endpoint with its secret, which is shown this once."""

    secret: Secret


class SecretAnswer(BaseModel):
    """A new secret, which is shown this once."""

    secret: Secret
    previous_ends_at: datetime = Field(
        description="until then the secret before it signs, too", examples=["2026-12-02T09:30:00Z"]
    )


class AttemptAnswer(BaseModel):
    """One try."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="the try's id", examples=["71c8e2d5-0b9f-4a36-8e14-f3d60a7b5c29"])
    started_at: datetime = Field(description="when it began", examples=["2026-11-25T09:30:40Z"])
    kind: AttemptKind = Field(description="what was sent")
    first: Position | None = Field(
        description="the first event of the message; null where it had none", examples=[1020]
    )
    last: Position | None = Field(
        description="the last event of the message; null where it had none", examples=[1023]
    )
    outcome: AttemptOutcome | None = Field(description="absent: under way, or its sender died")
    status: Status | None = Field(
        description="of the answer; null where there was none", examples=[204]
    )
    failure: AttemptFailure | None = Field(
        description="what failed, by a word or a status; null where nothing did", examples=[None]
    )
    milliseconds: Count | None = Field(
        description="how long it took; null: it has not ended", examples=[180]
    )
    trace_id: Annotated[str, Stated(100, 1)] = Field(
        description="by which our logs find it", examples=["4bf92f3577b34da6a3ce929d0e0e4736"]
    )


class CheckAnswer(BaseModel):
    """What came of a handshake or of a test event; `outcome` is absent while nobody has made it."""

    model_config = ConfigDict(from_attributes=True)

    id: CheckId
    kind: CheckKind = Field(description="whether a handshake or a test event")
    requested_at: datetime = Field(
        description="when it was asked for", examples=["2026-11-25T09:30:00Z"]
    )
    outcome: AttemptOutcome | None = Field(
        description="how it ended; null while nobody has made it"
    )
    status: Status | None = Field(
        description="of the address's answer; null where there was none", examples=[204]
    )
    failure: AttemptFailure | None = Field(
        description="what failed, by a word or a status; null where nothing did", examples=[None]
    )
