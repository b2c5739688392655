"""Bodies of rosters: subscriptions, enrolments, digests, jobs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from services.certificates.certificate.number import CertificateNumber
from services.certificates.certificate.schemas import Line, RowAnswerBase
from services.certificates.rosters.rules import EnrolmentAction, SubscriptionState
from services.certificates.verification.schemas import Question, VerificationAnswer
from shared.errors import FieldError
from shared.schemas import RequestBody
from shared.text_contents import JWS_TYPE, SignedClaims, TextContent

NAME_LENGTH = 120
PURPOSE_LENGTH = 1000
BASIS_LENGTH = 300

Name = Annotated[Line, StringConstraints(max_length=NAME_LENGTH)]
Purpose = Annotated[str, StringConstraints(min_length=10, max_length=PURPOSE_LENGTH)]
Basis = Annotated[str, StringConstraints(min_length=3, max_length=BASIS_LENGTH)]


class SubscriptionRequest(RequestBody):
    """A roster that a portal wants: what for, by what right, and through which day."""

    name: Name = Field(description="what the roster is called, for people")
    purpose: Purpose = Field(description="what the employer watches the certificates for")
    basis: Basis = Field(description="the law, contract or consent that admits it")
    until: date = Field(description="the last day; within the term of the settings")


class SubscriptionPatch(RequestBody):
    """What is to be another; what is left out stays."""

    name: Name | None = Field(default=None, description="what the roster is called, for people")
    purpose: Purpose | None = Field(
        default=None, description="what the employer watches the certificates for"
    )
    basis: Basis | None = Field(
        default=None, description="the law, contract or consent that admits it"
    )
    until: date | None = Field(default=None, description="the last day of the roster")


class SubscriptionAnswer(RowAnswerBase):
    """A subscription, and how far its events are."""

    id: UUID = Field(description="the subscription's id")
    name: str = Field(description="what the roster is called, for people")
    purpose: str = Field(description="what the employer watches the certificates for")
    basis: str = Field(description="the law, contract or consent that admits it")
    until: date = Field(description="the last day of the roster")
    state: SubscriptionState = Field(description="whether it goes on, or how it ended")
    enrolled: int = Field(description="certificates that are watched")
    last_sequence: int = Field(description="the number of the last event; 0 before the first")
    created_at: datetime = Field(description="when it began")
    ended_at: datetime | None = Field(description="when it ended; null while it goes on")


class EnrolmentRequest(RequestBody):
    """A certificate to be watched, as printed; `until` is a day before the subscription's end."""

    number: CertificateNumber
    issued_on: date = Field(description="the date of issue, as printed")
    until: date | None = Field(
        default=None, description="the last day to be watched; null: that of the roster"
    )


class EnrolmentRowRequest(Question):
    """A row of a job: a certificate as printed; `until` only where it is enrolled."""

    until: date | None = Field(
        default=None, description="the last day to be watched; null: that of the roster"
    )


class EnrolmentAnswer(BaseModel):
    """A certificate on the roster, and how it stands now: what comes after, events tell."""

    number: str = Field(description="the certificate's number, as printed")
    until: date | None = Field(
        description="the last day that it is watched; null: that of the roster"
    )
    status: VerificationAnswer = Field(description="verification's answer now")


class RosterEnd(BaseModel):
    """The last line of a roster: without it the answer was broken off."""

    end: Literal[True] = Field(description="that this is the last line")
    count: int = Field(description="how many certificates are watched")
    sequence: int = Field(description="the number of the last event then; go on after it")


class RosterEvent(TypedDict):
    """An event of a roster: CloudEvents 1.0 in the canonical form of RFC 8785."""

    specversion: Annotated[Literal["1.0"], Field(description="the version of CloudEvents")]
    id: Annotated[str, Field(description="the event's id, the same each time that it is sent")]
    source: Annotated[str, Field(description="the address of the roster")]
    type: Annotated[str, Field(description="what happened: `attesta.roster.<kind>.v1`")]
    time: Annotated[datetime, Field(description="when the event got its number")]
    sequence: Annotated[str, Field(description="its number in the roster, ten digits")]
    data: Annotated[dict[str, Any], Field(description="what the event tells, by its type")]


class EventPageAnswer(BaseModel):
    """Events of a roster, in the order of their numbers."""

    after: int = Field(description="the number that was asked for")
    events: list[RosterEvent] = Field(description="those after it, as CloudEvents 1.0")
    last_sequence: int = Field(description="the number of the roster's last event; 0: none yet")


class DigestContent(BaseModel):
    """What the signed digest of a day says."""

    subscription: UUID = Field(description="the roster's id")
    day: date = Field(description="the civil day")
    first: int = Field(description="the number of the day's first event")
    last: int = Field(description="that of its last; `first - 1` on a day without events")
    digest: str = Field(description="SHA-256, in hex, of the joined SHA-256 of the day's events")
    enrolled: int = Field(description="how many certificates were watched at the day's end")
    previous: str | None = Field(description="SHA-256, in hex, of the JWS of the day before")


class DigestClaims(SignedClaims):
    """What the JWS of a roster's day says."""

    digest: DigestContent = Field(description="what the day added to the roster")


class DigestAnswer(BaseModel):
    """What one civil day added to a roster; `jws` is the same with its digest, signed."""

    model_config = ConfigDict(from_attributes=True)

    day: date = Field(description="the civil day")
    first: int = Field(description="the number of the day's first event")
    last: int = Field(description="`first - 1` on a day without events")
    jws: Annotated[str, TextContent(JWS_TYPE, DigestClaims)] = Field(
        description="the same with its digest, signed; check it by `/v1/jwks.json`"
    )


class EnrolmentJobAnswer(RowAnswerBase):
    """A job of many rows, and how far it is; `refusals` counts the rows that were refused."""

    id: UUID = Field(description="the job's id")
    subscription_id: UUID = Field(description="the roster's id")
    action: EnrolmentAction = Field(description="whether certificates are enrolled or unenrolled")
    total: int = Field(description="how many rows it has")
    done: int = Field(description="how many rows are handled")
    refusals: int = Field(description="how many of these were refused")
    created_at: datetime = Field(description="when it was asked for")
    finished_at: datetime | None = Field(description="when its last row was handled; null before")


class EnrolmentRowAnswer(TypedDict):
    """What came of one row: `rule` is why it was refused, `status` how the certificate stands."""

    row: Annotated[int, Field(description="counted from 1")]
    outcome: Literal["done", "refused"]
    rule: str | None
    status: VerificationAnswer | None
    errors: list[FieldError]
