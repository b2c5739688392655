"""Bodies and answers about endpoints."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.certificates.webhooks.rules import AttemptKind, CheckKind, EndpointState
from shared.delivery.attempts import AttemptOutcome
from shared.delivery.destinations import URL_LENGTH
from shared.schemas import RequestBody

CONTACT_LENGTH = 254


def _check_contact(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise PydanticCustomError(
            "endpoint.contact", "must be an e-mail address such as it@portal.example"
        ) from None


Contact = Annotated[
    str,
    Field(
        max_length=CONTACT_LENGTH,
        description="who is told by mail when nothing is taken",
    ),
    AfterValidator(_check_contact),
]
BatchMax = Annotated[
    int, Field(ge=1, description="the most events in one message; 1: each alone, not in a list")
]


class EndpointRequest(RequestBody):
    """An address to which events are to go."""

    url: str = Field(
        min_length=1,
        max_length=URL_LENGTH,
        description="https, port 443, a name of DNS whose addresses are all on the Internet",
    )
    contact: Contact
    batch_max: BatchMax = 100
    after: int | None = Field(
        default=None,
        ge=0,
        description="the last event that you have; events after it are sent. Absent: later ones",
    )


class EndpointPatch(RequestBody):
    """What is to change of an endpoint; absent members stay."""

    url: str | None = Field(
        default=None,
        min_length=1,
        max_length=URL_LENGTH,
        description="another address: it is verified anew before events go there",
    )
    contact: Contact | None = Field(default=None, description="who is told by mail from now on")
    batch_max: BatchMax | None = Field(default=None, description="the most events in one message")


class ReplayRequest(RequestBody):
    """From where events are sent again."""

    after: int = Field(ge=0, description="the last event that you have; those after it are sent")


class SkipRequest(RequestBody):
    """Which event is not to be sent."""

    sequence: int = Field(ge=1, description="the next event: the one after `delivered_through`")


class EndpointAnswer(BaseModel):
    """An endpoint: how it stands, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="the endpoint's id")
    subscription_id: UUID = Field(description="the roster's id")
    url: str = Field(description="the address to which events are sent")
    contact: str = Field(description="who is told by mail when nothing is taken")
    batch_max: int = Field(description="the most events in one message")
    state: EndpointState = Field(description="whether it was verified, and whether events go there")
    revision: int = Field(description="for If-Match; it grows with each change of the endpoint")
    created_at: datetime = Field(description="when it was entered")
    delivered_through: int = Field(description="the last event that was taken")
    last_sequence: int = Field(description="the last event that there is")
    next_attempt_at: datetime | None = Field(
        default=None, description="when the next event is sent; absent where none waits"
    )
    delivered_at: datetime | None = Field(description="when an event was last taken")
    failures: int = Field(description="tries since then that failed")
    failing_since: datetime | None = Field(
        description="since when every try has failed; null where the last was taken"
    )


class NewEndpointAnswer(EndpointAnswer):
    """A new endpoint with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_…`, for a library of Standard Webhooks")


class SecretAnswer(BaseModel):
    """A new secret, which is shown this once."""

    secret: str = Field(description="`whsec_…`, for a library of Standard Webhooks")
    previous_ends_at: datetime = Field(description="until then the secret before it signs, too")


class AttemptAnswer(BaseModel):
    """One try."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="the try's id")
    started_at: datetime = Field(description="when it began")
    kind: AttemptKind = Field(description="what was sent")
    first: int | None = Field(description="the first event of the message")
    last: int | None = Field(description="the last one")
    outcome: AttemptOutcome | None = Field(description="absent: under way, or its sender died")
    status: int | None = Field(description="of the answer, if there was one")
    failure: str | None = Field(description="what failed, by a word or a status")
    milliseconds: int | None = Field(description="how long it took; null: it has not ended")
    trace_id: str = Field(description="by which our logs find it")


class CheckAnswer(BaseModel):
    """What came of a handshake or of a test event; `outcome` is absent while nobody has made it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="the check's id")
    kind: CheckKind = Field(description="whether a handshake or a test event")
    requested_at: datetime = Field(description="when it was asked for")
    outcome: AttemptOutcome | None = Field(
        description="how it ended; null while nobody has made it"
    )
    status: int | None = Field(description="of the address's answer; null where there was none")
    failure: str | None = Field(
        description="what failed, by a word or a status; null where nothing did"
    )
