"""Values that events have in common: each is described and bounded once.

The bounds are those of intake, or wider: what one service has accepted, it can tell the others.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

MAX_INTEGER = 2**31 - 1
MAX_BIGINT = 2**63 - 1

Code = Annotated[str, Field(min_length=1, max_length=100)]
"""A word of a set that may grow, or the number of a paper."""

Line = Annotated[str, Field(min_length=1, max_length=300)]
"""One line of text."""

NamePart = Annotated[str, Field(min_length=1, max_length=100)]
"""A family name, a given name, a patronymic."""

Title = Annotated[str, Field(min_length=1, max_length=500)]
"""The name or title of something, in the council's language."""

Prose = Annotated[str, Field(min_length=1, max_length=10_000)]
"""Text of one paragraph or several."""

ApplicationId = Annotated[UUID, Field(description="the application's id")]
QualificationId = Annotated[UUID, Field(description="the qualification's id, of all its versions")]
QualificationVersion = Annotated[
    int,
    Field(ge=1, le=MAX_INTEGER, description="the number of the qualification's version, from 1"),
]
RegistryNumber = Annotated[
    Code, Field(description="the qualification's number in the registry", examples=["40.05800.01"])
]
StandardCode = Annotated[
    Code, Field(description="the code of an occupational standard", examples=["07.010"])
]
CertificateNumber = Annotated[
    Code,
    Field(description="the certificate's number, as printed", examples=["07.01000.00.00000001.29"]),
]
StatementNumber = Annotated[
    Code,
    Field(
        description="the not-passed statement's number, as printed",
        examples=["78.041-000001-2026"],
    ),
]
CentreNumber = Annotated[
    Code, Field(description="the assessment centre's number in the registry", examples=["78.041"])
]
DecisionDay = Annotated[date, Field(description="the civil day of the council's decision")]
DecisionProtocol = Annotated[
    Line, Field(description="the number of the protocol with the council's decision")
]
