"""What rosters tell portals: events, the end of a roster, digests that prove a day."""

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.certificates.certificate.members import (
    EXAMPLE_DIGEST,
    Digest,
    EndsOn,
    IssuedOn,
    Jws,
    StatedLine,
    ValidUntil,
)
from services.certificates.certificate.number import StoredNumber
from services.certificates.certificate.standing import Verdict
from services.certificates.rosters.schemas import SubscriptionKey
from shared.schemas import Count, Position
from shared.text_contents import JWS_TYPE, LastLine, SignedClaims, TextContent

MAX_EVENT_PAGE = 10_000
MAX_SEALED_DAYS = 400


class RosterCertificate(TypedDict):
    """A certificate as an event tells of it: how it stood then, and nobody's name."""

    number: StoredNumber
    issued_on: IssuedOn
    valid_until: ValidUntil
    ends_on: EndsOn
    verdict: Annotated[Verdict, Field(description="verification's verdict then")]
    valid: Annotated[bool, Field(description="whether it proved the qualification then")]


class RosterChange(RosterCertificate):
    """What an event tells of a certificate that changed, or whose end is near or past."""

    effective_on: Annotated[
        date, Field(description="the civil day from which it counts", examples=["2027-03-01"])
    ]
    successor: NotRequired[
        Annotated[
            RosterCertificate,
            Field(
                description="what stands in its place: the newer one, or the one before it, when "
                "the newer one was annulled; absent: nothing"
            ),
        ]
    ]


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
            examples=["attesta.roster.renewed.v1"],
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
        RosterChange | DigestContent,
        Field(description="the change, by its type; of `day_sealed`: what the day's digest says"),
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
