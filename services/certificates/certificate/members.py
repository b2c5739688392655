"""Members that several bodies have, each described once."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.schemas import CivilDay
from shared.stated import Stated

MAX_DAYS = 36_500
"""A hundred years."""

StatedLine = Annotated[str, Stated(500, 1)]
"""One line of a text that was taken in by another service, or long ago."""
StatedProse = Annotated[str, Stated(10_000, 1)]
"""A text of several lines, taken in so."""
Jws = Annotated[str, Stated(100_000, 1)]
"""A JSON Web Signature in its compact form."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hexadecimal digits."""

Days = Annotated[int, Field(ge=0, le=MAX_DAYS)]
"""A number of civil days."""

EXAMPLE_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

CertificateId = Annotated[
    UUID,
    Field(description="the certificate's id", examples=["6f2a7c0e-9d41-4b58-8a3c-51e7d0b94f12"]),
]
ApplicationId = Annotated[
    UUID,
    Field(description="the application's id", examples=["2c9e5b17-64f0-4d2a-b8e3-0f7a91c6d354"]),
]
QualificationId = Annotated[
    UUID,
    Field(description="the qualification's id", examples=["b41d8f63-2a7e-4c95-9f08-e6c3a5d71b20"]),
]
QualificationName = Annotated[
    StatedLine,
    Field(description="the qualification's name", examples=["Лифтёр (3-й уровень квалификации)"]),
]
CouncilName = Annotated[
    StatedLine,
    Field(description="the sector council's name", examples=["СПК в лифтовой отрасли"]),
]
DecisionProtocol = Annotated[
    StatedLine, Field(description="the number of the council's protocol", examples=["17-2026"])
]
Actor = Annotated[
    StatedLine,
    Field(description="the subject of the token that did it", examples=["agency-officer-4"]),
]
DecidedOn = Annotated[
    date, Field(description="the civil day of the council's decision", examples=["2026-11-20"])
]
IssuedOn = Annotated[
    CivilDay, Field(description="the date of issue, as printed", examples=["2026-11-25"])
]
ValidUntil = Annotated[date, Field(description="the last day as printed", examples=["2029-11-24"])]
EndsOn = Annotated[
    date, Field(description="the last day of validity, by all changes", examples=["2029-11-24"])
]
FactsVersion = Annotated[
    int,
    Stated(2**31 - 1, 1),
    Field(
        description="which version of what it says, from 1: each correction is the next one",
        examples=[1],
    ),
]
RecordedAt = Annotated[
    datetime,
    Field(description="the instant of recording", examples=["2026-11-25T09:30:00Z"]),
]
