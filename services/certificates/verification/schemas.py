"""Bodies of verification: questions, their answers, jobs of many."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.certificates.certificate.members import (
    CouncilName,
    EndsOn,
    IssuedOn,
    Jws,
    QualificationName,
    StatedLine,
    ValidUntil,
)
from services.certificates.certificate.number import CertificateNumber, StoredNumber
from services.certificates.certificate.schemas import PersonNames
from services.certificates.certificate.standing import Verdict
from shared.errors import FieldError
from shared.schemas import CivilDay, Count
from shared.stated import Stated
from shared.text_contents import JWS_TYPE, SignedClaims, TextContent

MAX_ROWS = 10_000
"""The most rows that one request may ever hold, whatever the settings say."""
MAX_ROW_ERRORS = 100

Coordinate = Annotated[
    str,
    Stated(43, 43),
    Field(
        description="a coordinate of the point, in base64url",
        examples=["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"],
    ),
]
JobKey = Annotated[
    UUID, Field(description="the job's id", examples=["0d5c9a1e-8f47-4f0b-b3a6-7c21d94e6b58"])
]
RowNumber = Annotated[
    int, Field(ge=1, le=1_000_000, description="the row's number, counted from 1", examples=[1])
]
RowErrors = Annotated[
    list[FieldError],
    Stated(MAX_ROW_ERRORS),
    Field(description="what is wrong with the row; empty where nothing is", examples=[[]]),
]
RowTotal = Annotated[Count, Field(description="how many rows it has", examples=[1000])]
RowsDone = Annotated[Count, Field(description="how many rows are done", examples=[400])]
CreatedAt = Annotated[
    datetime,
    Field(description="the instant of the request", examples=["2026-11-25T09:30:00Z"]),
]
FinishedAt = Annotated[
    datetime | None,
    Field(
        description="the instant of the last row's end; null before",
        examples=["2026-11-25T09:31:12Z"],
    ),
]
CancelledAt = Annotated[
    datetime | None,
    Field(
        description="the instant of cancelling: rows after `done` stay as they are; null: none",
        examples=["2026-11-25T09:31:02Z"],
    ),
]


class Question(BaseModel):
    """Which certificate, as printed; the pattern of the number refuses U+0000."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    number: CertificateNumber
    issued_on: IssuedOn


class VerifiedCertificate(TypedDict):
    """What a certificate says, without the holder.

    The law publishes no personal data (238-FZ, article 10, part 3; order 649n, item 17).
    """

    number: StoredNumber
    qualification: QualificationName
    level: Annotated[
        int,
        Stated(9, 1),
        Field(description="the level of qualification, 1 to 9", examples=[3]),
    ]
    registry_number: Annotated[
        StatedLine | None,
        Field(
            description="the qualification's number in the registry; null before it has one",
            examples=["07.01000.01"],
        ),
    ]
    term_confirmed: Annotated[
        bool,
        Field(
            description="whether the term of validity is the council's; false where the publisher "
            "supplied it",
            examples=[True],
        ),
    ]
    council: CouncilName
    issued_on: IssuedOn
    valid_until: ValidUntil
    ends_on: EndsOn


class Verification(TypedDict):
    """The answer to one question, as evidence keeps it."""

    verdict: Annotated[Verdict, Field(description="how the certificate stands on that day")]
    valid: Annotated[bool, Field(description="it proves the qualification on that day")]
    explanation: Annotated[
        StatedLine,
        Field(
            description="the verdict in a sentence, for people: in the language of "
            "Accept-Language, in answers of jobs and rosters in English",
            examples=["The certificate is valid through 24 November 2029."],
        ),
    ]
    checked_on: Annotated[
        date,
        Field(description="the civil day that was asked about", examples=["2027-01-15"]),
    ]
    certificate: Annotated[
        VerifiedCertificate | None,
        Field(description="what the certificate says; null where there is none"),
    ]
    successor: Annotated[
        StoredNumber | None,
        Field(
            description="the number of the holder's newer certificate of the same qualification; "
            "whether this one is still valid, says `valid`",
            examples=[None],
        ),
    ]
    recheck_on: Annotated[
        date | None,
        Field(
            description="the first day on which the answer may be another",
            examples=["2029-08-26"],
        ),
    ]
    known_at_the_time: Annotated[
        Verdict | None,
        Field(
            description="of a past day: the verdict by what was known on that day", examples=[None]
        ),
    ]
    name_matches: Annotated[
        bool | None,
        Field(
            description="the certificate is of the person of these names; null: no name was sent, "
            "or it may be the holder's and cannot be told from its letters",
            examples=[None],
        ),
    ]


class EvidenceClaims(SignedClaims):
    """What the JWS of a verification says."""

    question: Question = Field(description="which certificate was asked about")
    verification: Verification = Field(description="the answer")


class VerificationAnswer(Verification):
    """The answer to one question. `not_found` does not say whether number or date was wrong."""

    evidence: Annotated[
        Annotated[Jws, TextContent(JWS_TYPE, EvidenceClaims)] | None,
        Field(
            description="the same answer, signed: a JWS to keep as evidence, by /v1/jwks.json",
            examples=[None],
        ),
    ]


class SuggestedWindowAnswer(TypedDict):
    """The days on which a certificate is best renewed, inclusive."""

    starts_on: Annotated[date, Field(description="the first day", examples=["2029-06-04"])]
    ends_on: Annotated[date, Field(description="the last day, inclusive", examples=["2029-06-10"])]


class RenewalInfoAnswer(TypedDict):
    """When a certificate is best renewed, in the form of RFC 9773 with civil days."""

    number: StoredNumber
    issued_on: IssuedOn
    valid_until: ValidUntil
    ends_on: EndsOn
    suggested_window: Annotated[
        SuggestedWindowAnswer | None,
        Field(description="null before one is given, and where the certificate is not valid"),
    ]
    explanation_url: Annotated[
        str,
        Stated(2000, 1),
        Field(
            description="a page that says why these days",
            examples=["https://attesta.example/renewal"],
        ),
    ]


class NamedQuestion(Question):
    """A question with a person's names, which are compared with the holder's, never shown."""

    name: PersonNames | None = Field(
        default=None,
        description="the names to compare, neither shown nor kept; null: none are compared",
    )


class ChallengeRequest(NamedQuestion):
    """A question about a certificate and its holder, of today or of a past day."""

    on: CivilDay | None = Field(
        default=None, description="a past civil day; today, if absent", examples=["2027-01-15"]
    )


class RowAnswer(TypedDict):
    """The answer to one row: a verification, or the errors in the row."""

    row: RowNumber
    answer: Annotated[
        VerificationAnswer | None,
        Field(description="the answer; null where the row cannot be read"),
    ]
    errors: RowErrors


class VerificationKey(BaseModel):
    """A public key by which signatures are checked (RFC 7517)."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"maxProperties": 20})

    kty: Literal["EC"] = Field(description="the family of the key")
    crv: Literal["P-256"] = Field(description="its curve")
    x: Coordinate
    y: Coordinate
    kid: Annotated[str, Stated(200, 1)] = Field(
        description="the key's id, as the header of a signature names it", examples=["2026-1"]
    )


class VerificationKeySet(BaseModel):
    """A JWK set: the present key and the retired ones."""

    keys: Annotated[list[VerificationKey], Stated(100, 1)] = Field(
        description="the keys, the present one first"
    )


class JobAnswer(BaseModel):
    """A job of verification, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: JobKey
    on: date | None = Field(
        description="the civil day that is asked about; null: the day of the answer",
        examples=["2027-01-15"],
    )
    with_evidence: bool = Field(description="whether each answer is signed, too")
    total: RowTotal
    done: RowsDone
    created_at: CreatedAt
    finished_at: FinishedAt
    cancelled_at: CancelledAt
