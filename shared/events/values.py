"""Values that events have in common: each is described and bounded once.

The bounds are those of intake, or wider: what one service has accepted, it can tell the others.
Readers do not refuse what is beyond them.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.stated import Stated

MAX_INTEGER = 2**31 - 1
MAX_POSITION = 2**53 - 1
"""The highest number that every reader of JSON takes exactly."""

EventCode = Annotated[str, Stated(100, 1)]
"""A word of a set that may grow, or the number of a paper."""

EventPhrase = Annotated[str, Stated(300, 1)]
"""One line of text."""

EventProse = Annotated[str, Stated(10_000, 1)]
"""Text of one paragraph or several."""

EventApplicationId = Annotated[UUID, Field(description="the application's id")]
EventQualificationId = Annotated[
    UUID, Field(description="the qualification's id, of all its versions")
]
EventQualificationVersion = Annotated[
    int,
    Stated(MAX_INTEGER, 1),
    Field(description="the number of the qualification's version, from 1"),
]
EventCertificateNumber = Annotated[
    EventCode,
    Field(description="the certificate's number, as printed", examples=["07.01000.00.00000001.29"]),
]
EventStatementNumber = Annotated[
    EventCode,
    Field(
        description="the not-passed statement's number, as printed",
        examples=["78.041-000001-2026"],
    ),
]
EventStatementVersion = Annotated[
    Annotated[int, Stated(MAX_INTEGER, 1)] | None,
    Field(
        description="which of the application's statements, from 1; null where the publisher does "
        "not count them",
        examples=[1],
    ),
]
EventCentreNumber = Annotated[
    EventCode,
    Field(description="the assessment centre's number in the registry", examples=["78.041"]),
]
EventDecisionDay = Annotated[date, Field(description="the civil day of the council's decision")]
EventDecisionOrdinal = Annotated[
    Annotated[int, Stated(MAX_INTEGER, 1)] | None,
    Field(
        description="which of the council's decisions on the application, from 1; those after the "
        "first follow an appeal; null where the publisher does not count them",
        examples=[1],
    ),
]
EventDecisionProtocol = Annotated[
    EventPhrase, Field(description="the number of the protocol with the council's decision")
]
