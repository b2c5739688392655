"""Bodies of rosters: subscriptions, enrolments, digests, jobs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from services.certificates.certificate.members import (
    EXAMPLE_DIGEST,
    Digest,
    IssuedOn,
    Jws,
    Line,
    StatedLine,
)
from services.certificates.certificate.number import CertificateNumber, StoredNumber
from services.certificates.certificate.schemas import RowAnswerBase
from services.certificates.rosters.rules import EnrolmentAction, SubscriptionState
from services.certificates.verification.schemas import (
    CancelledAt,
    CreatedAt,
    FinishedAt,
    JobKey,
    Question,
    RowErrors,
    RowNumber,
    RowsDone,
    RowTotal,
    VerificationAnswer,
)
from shared.schemas import CivilDay, Count, Position, RequestBody
from shared.text_contents import JWS_TYPE, LastLine, SignedClaims, TextContent

NAME_LENGTH = 120
PURPOSE_LENGTH = 1000
BASIS_LENGTH = 300
MAX_EVENT_PAGE = 10_000
MAX_EVENT_MEMBERS = 20
MAX_SEALED_DAYS = 400

SubscriptionKey = Annotated[
    UUID, Field(description="the roster's id", examples=["a83e6b40-5f1d-4d97-8c2a-17b9e0f4d362"])
]
Name = Annotated[
    Line,
    StringConstraints(max_length=NAME_LENGTH),
    Field(description="what the roster is called, for people", examples=["Лифтёры, Москва"]),
]
Purpose = Annotated[
    str,
    StringConstraints(min_length=10, max_length=PURPOSE_LENGTH),
    Field(
        description="what the employer watches the certificates for",
        examples=["Допуск лифтёров к работе"],
    ),
]
AdmittingBasis = Annotated[
    str,
    StringConstraints(min_length=3, max_length=BASIS_LENGTH),
    Field(
        description="the law, contract or consent that admits it",
        examples=["Трудовой договор, пункт 4.2"],
    ),
]
Until = Annotated[
    CivilDay,
    Field(
        description="the last civil day of the roster; within the term of the settings",
        examples=["2028-12-31"],
    ),
]
WatchedUntil = Annotated[
    CivilDay | None,
    Field(
        description="the last civil day that it is watched; null: that of the roster",
        examples=["2028-06-30"],
    ),
]


class SubscriptionRequest(RequestBody):
    """A roster that a portal wants: what for, by what right, and through which day."""

    name: Name
    purpose: Purpose
    basis: AdmittingBasis
    until: Until


class SubscriptionPatch(RequestBody):
    """What is to be another; what is left out stays."""

    name: Name | None = None
    purpose: Purpose | None = None
    basis: AdmittingBasis | None = None
    until: Until | None = None


class SubscriptionAnswer(RowAnswerBase):
    """A subscription, and how far its events are."""

    id: SubscriptionKey
    name: Name
    purpose: Purpose
    basis: AdmittingBasis
    until: Until
    state: SubscriptionState = Field(description="whether it goes on, or how it ended")
    enrolled: Count = Field(description="certificates that are watched", examples=[240])
    last_sequence: Position = Field(
        description="the number of the last event; 0 before the first", examples=[1024]
    )
    created_at: datetime = Field(description="when it began", examples=["2026-11-25T09:30:00Z"])
    ended_at: datetime | None = Field(
        description="when it ended; null while it goes on", examples=[None]
    )


class EnrolmentRequest(RequestBody):
    """A certificate to be watched, as printed; `until` is a day before the subscription's end."""

    number: CertificateNumber
    issued_on: IssuedOn
    until: WatchedUntil = None


class EnrolmentRowRequest(Question):
    """A row of a job: a certificate as printed; `until` only where it is enrolled."""

    until: WatchedUntil = None


class EnrolmentAnswer(BaseModel):
    """A certificate on the roster, and how it stands now: what comes after, events tell."""

    number: StoredNumber
    until: WatchedUntil
    status: VerificationAnswer = Field(description="verification's answer now")


class RosterCloudEvent(TypedDict):
    """An event of a roster: CloudEvents 1.0 in the canonical form of RFC 8785."""

    specversion: Annotated[Literal["1.0"], Field(description="the version of CloudEvents")]
    id: Annotated[
        StatedLine,
        Field(
            description="the event's id, the same each time that it is sent",
            examples=["evt_a83e6b40-5f1d-4d97-8c2a-17b9e0f4d362_1024"],
        ),
    ]
    source: Annotated[
        StatedLine,
        Field(
            description="the address of the roster",
            examples=["/v1/subscriptions/a83e6b40-5f1d-4d97-8c2a-17b9e0f4d362"],
        ),
    ]
    type: Annotated[
        StatedLine,
        Field(
            description="what happened: `attesta.roster.<kind>.v1`",
            examples=["attesta.roster.day_sealed.v1"],
        ),
    ]
    time: Annotated[
        datetime,
        Field(description="when the event got its number", examples=["2026-11-25T09:30:00Z"]),
    ]
    sequence: Annotated[
        str,
        Field(
            pattern=r"^\d{10,19}$",
            description="its number in the roster, with leading zeros",
            examples=["0000001024"],
        ),
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            max_length=MAX_EVENT_MEMBERS, description="what it tells, by its type", examples=[{}]
        ),
    ]


class RosterEnd(LastLine):
    """The last line of a roster: without it the answer was broken off."""

    count: Count = Field(description="how many certificates are watched", examples=[240])
    sequence: Position = Field(
        description="the number of the last event then; go on after it", examples=[1024]
    )


class EventPageAnswer(BaseModel):
    """Events of a roster, in the order of their numbers."""

    after: Position = Field(description="the number that was asked for", examples=[1023])
    items: list[RosterCloudEvent] = Field(
        max_length=MAX_EVENT_PAGE, description="those after it, as CloudEvents 1.0"
    )
    last_sequence: Position = Field(
        description="the number of the roster's last event; 0: none yet", examples=[1024]
    )


class DigestContent(BaseModel):
    """What the signed digest of a day says."""

    subscription: SubscriptionKey
    day: date = Field(description="the civil day", examples=["2026-11-25"])
    first: Position = Field(description="the number of the day's first event", examples=[1013])
    last: Position = Field(description="`first - 1` on a day without events", examples=[1024])
    digest: Digest = Field(
        description="SHA-256, in hex, of the joined SHA-256 of the day's events",
        examples=[EXAMPLE_DIGEST],
    )
    enrolled: Count = Field(
        description="how many certificates were watched at the day's end", examples=[240]
    )
    previous: Digest | None = Field(
        description="SHA-256, in hex, of the JWS of the day before; null of the first day",
        examples=[EXAMPLE_DIGEST],
    )


class DigestClaims(SignedClaims):
    """What the JWS of a roster's day says."""

    digest: DigestContent = Field(description="what the day added to the roster")


class DigestAnswer(BaseModel):
    """What one civil day added to a roster; `jws` is the same with its digest, signed."""

    model_config = ConfigDict(from_attributes=True)

    day: date = Field(description="the civil day", examples=["2026-11-25"])
    first: Position = Field(description="the number of the day's first event", examples=[1013])
    last: Position = Field(description="`first - 1` on a day without events", examples=[1024])
    jws: Annotated[Jws, TextContent(JWS_TYPE, DigestClaims)] = Field(
        description="the same with its digest, signed; check it by `/v1/jwks.json`",
        examples=["eyJhbGciOiJFUzI1NiJ9.eyJkaWdlc3QiOnt9fQ.c2lnbmF0dXJl"],
    )


class DigestPageAnswer(BaseModel):
    """Digests after a day, oldest first."""

    after: date | None = Field(
        description="the civil day that was asked for; null from the first",
        examples=["2026-11-24"],
    )
    items: list[DigestAnswer] = Field(
        max_length=MAX_SEALED_DAYS, description="the days' digests, at most `limit`"
    )


class EnrolmentJobAnswer(RowAnswerBase):
    """A job of many rows, and how far it is; `refusals` counts the rows that were refused."""

    id: JobKey
    subscription_id: SubscriptionKey
    action: EnrolmentAction = Field(description="whether certificates are enrolled or unenrolled")
    total: RowTotal
    done: RowsDone
    refusals: Count = Field(description="how many of these were refused", examples=[2])
    created_at: CreatedAt
    finished_at: FinishedAt
    cancelled_at: CancelledAt


class EnrolmentRowAnswer(TypedDict):
    """What came of one row: `rule` is why it was refused, `status` how the certificate stands."""

    row: RowNumber
    outcome: Annotated[
        Literal["done", "refused"], Field(description="whether the certificate is now as asked")
    ]
    rule: Annotated[
        StatedLine | None,
        Field(
            description="the broken rule, as `/v1/problems` lists it; null where it is done",
            examples=[None],
        ),
    ]
    status: Annotated[
        VerificationAnswer | None, Field(description="verification's answer; null where refused")
    ]
    errors: RowErrors
