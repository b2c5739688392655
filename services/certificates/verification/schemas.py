"""Bodies of verification: questions, their answers, jobs of many."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.certificates.certificate.number import CertificateNumber
from services.certificates.certificate.schemas import PersonNames
from services.certificates.certificate.standing import Verdict
from shared.errors import FieldError
from shared.text_contents import JWS_TYPE, SignedClaims, TextContent


class Question(BaseModel):
    """Which certificate, as printed; the pattern of the number refuses U+0000."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    number: CertificateNumber
    issued_on: date


class VerifiedCertificate(TypedDict):
    """What a certificate says, without the holder.

    The law publishes no personal data (238-FZ, article 10, part 3; order 649n, item 17).
    """

    number: str
    qualification: str
    level: int
    registry_number: str | None
    council: str
    issued_on: date
    valid_until: Annotated[date, Field(description="the last day of validity")]


class Verification(TypedDict):
    """The answer to one question, as evidence keeps it."""

    verdict: Verdict
    valid: Annotated[bool, Field(description="it proves the qualification on that day")]
    explanation: str
    checked_on: Annotated[date, Field(description="the civil date for which this was answered")]
    certificate: VerifiedCertificate | None
    successor: Annotated[
        str | None, Field(description="the number of the certificate that superseded this one")
    ]
    recheck_on: Annotated[
        date | None, Field(description="the first day on which the answer may be another")
    ]
    known_at_the_time: Annotated[
        Verdict | None,
        Field(description="of a past day: the verdict by what was known on that day"),
    ]
    name_matches: Annotated[
        bool | None, Field(description="the certificate is of the person of these names")
    ]


class EvidenceClaims(SignedClaims):
    """What the JWS of a verification says."""

    question: Question = Field(description="which certificate was asked for")
    verification: Verification = Field(description="the answer")


class VerificationAnswer(Verification):
    """The answer to one question. `not_found` does not say whether number or date was wrong."""

    evidence: Annotated[
        Annotated[str, TextContent(JWS_TYPE, EvidenceClaims)] | None,
        Field(description="the same answer, signed: a JWS to keep as evidence, by /v1/jwks.json"),
    ]


class SuggestedWindowAnswer(TypedDict):
    """The days on which a certificate is best renewed, inclusive."""

    starts_on: Annotated[date, Field(description="the first day")]
    ends_on: Annotated[date, Field(description="the last day, inclusive")]


class RenewalInfoAnswer(TypedDict):
    """When a certificate is best renewed, in the form of RFC 9773 with civil days."""

    number: Annotated[str, Field(description="the certificate's number, as printed")]
    issued_on: Annotated[date, Field(description="its date of issue, as printed")]
    valid_until: Annotated[date, Field(description="the last day of validity")]
    suggested_window: Annotated[
        SuggestedWindowAnswer | None,
        Field(description="null before one is given, and where the certificate is not valid"),
    ]
    explanation_url: Annotated[str, Field(description="a page that says why these days")]


class ChallengeRequest(Question):
    """A question with a person's names, which are compared with the holder's, never shown."""

    name: PersonNames | None = None
    at: date | None = Field(default=None, description="a past day; today, if absent")


class RowAnswer(TypedDict):
    """The answer to one row: a verification, or the errors in the row."""

    row: Annotated[int, Field(description="counted from 1")]
    answer: VerificationAnswer | None
    errors: list[FieldError]


class JobAnswer(BaseModel):
    """A job of verification, and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: date | None
    with_evidence: bool
    total: int
    done: int
    created_at: datetime
    finished_at: datetime | None
