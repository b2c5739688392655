"""Records of the registry's feed: what an entry's content says, as JSON and as a row of a table."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from services.certificates.certificate.members import (
    ApplicationId,
    CertificateId,
    CouncilName,
    DecidedOn,
    DecisionProtocol,
    EndsOn,
    FactsVersion,
    IssuedOn,
    QualificationId,
    QualificationName,
    RecordedAt,
    StatedLine,
    ValidUntil,
)
from services.certificates.certificate.number import StoredNumber
from services.certificates.certificate.rules import Ground
from services.certificates.certificate.standing import ChangeKind
from services.certificates.registry.rules import FeedReason, Subject
from shared.events.applications import AssessmentCentre, Holder
from shared.schemas import MAX_INTEGER
from shared.stated import Stated

SubjectId = Annotated[
    UUID,
    Field(
        description="the certificate's id; of a statement, its application's",
        examples=["6f2a7c0e-9d41-4b58-8a3c-51e7d0b94f12"],
    ),
]
RecordReason = Annotated[
    FeedReason, Field(description="the event after which the record was written")
]


class _RecordPart(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class QualificationReference(_RecordPart):
    """Which qualification, in which version."""

    id: QualificationId
    version: Annotated[int, Stated(2**31 - 1, 1)] = Field(
        description="the version that was examined, from 1", examples=[2]
    )
    name: QualificationName
    registry_number: StatedLine | None = Field(
        description="the qualification's number in the registry; null before it has one",
        examples=["07.01000.01"],
    )
    term_confirmed: bool = Field(
        default=True,
        description="whether the term of validity is the council's; false where the publisher "
        "supplied it",
    )


class ChangeRecord(_RecordPart):
    """One change of a certificate, without who recorded it."""

    kind: ChangeKind = Field(description="what happened to it")
    effective_on: date = Field(
        description="the civil day from which it counts", examples=["2027-03-01"]
    )
    recorded_at: RecordedAt
    basis: StatedLine | None = Field(
        description="the decision that says so; null where the change follows of itself",
        examples=["Решение НАРК № 12 от 01.03.2027"],
    )
    decided_on: date | None = Field(
        description="of an extension: the civil day of the decision", examples=["2029-11-20"]
    )
    ends_on: date | None = Field(
        description="the new last day of validity, where it moves", examples=["2030-04-24"]
    )
    successor: StatedLine | None = Field(
        description="the number of the newer certificate; of `restored`: the one that was annulled",
        examples=["07.01000.00.00000152.32"],
    )


class DuplicateRecord(_RecordPart):
    """One duplicate of a certificate."""

    ordinal: Annotated[int, Stated(32_767, 1)] = Field(
        description="which of the certificate's duplicates, from 1", examples=[1]
    )
    ground: Ground = Field(description="why it was wanted (order 725n, item 17)")
    issued_on: date = Field(description="its own civil day of issue", examples=["2027-02-10"])
    holder: Holder = Field(description="the names that it prints")


class CertificateRecord(_RecordPart):
    """The whole record of a certificate after an event, as the registry keeps it (order 649n)."""

    id: CertificateId
    subject: Literal[Subject.CERTIFICATE] = Field(
        default=Subject.CERTIFICATE, description="tells it from a record of a statement"
    )
    event: RecordReason
    application_id: ApplicationId
    number: StoredNumber
    holder: Holder = Field(description="the names as printed")
    qualification: QualificationReference = Field(description="what was examined")
    council: CouncilName
    centre: AssessmentCentre = Field(description="the centre that examined")
    decided_on: DecidedOn
    decision_protocol: DecisionProtocol
    issued_on: IssuedOn
    valid_until: ValidUntil
    ends_on: EndsOn
    version: FactsVersion
    recertifies: StatedLine | None = Field(
        description="the number of the certificate that it follows; null where there is none",
        examples=["07.01000.00.00000001.26"],
    )
    changes: Annotated[list[ChangeRecord], Stated(1000)] = Field(
        description="all changes so far, in the order of recording"
    )
    duplicates: Annotated[list[DuplicateRecord], Stated(1000)] = Field(
        description="all duplicates so far, in their order"
    )


class StatementRecord(_RecordPart):
    """A not-passed statement as the registry keeps it; without names when they were erased.

    A later version takes the place of the one before, which was revoked.
    """

    id: SubjectId
    subject: Literal[Subject.STATEMENT] = Field(
        default=Subject.STATEMENT, description="tells it from a record of a certificate"
    )
    event: RecordReason
    application_id: ApplicationId
    version: Annotated[int, Stated(MAX_INTEGER, 1)] = Field(
        description="which of the application's statements, from 1; the next follows an appeal",
        examples=[1],
    )
    number: StatedLine = Field(description="the statement's number", examples=["78.041-Н-000017"])
    holder: Holder | None = Field(description="the candidate's names; null once they were erased")
    qualification: QualificationReference = Field(description="what was examined")
    council: CouncilName
    centre: AssessmentCentre = Field(description="the centre that examined")
    decided_on: DecidedOn
    decision_protocol: DecisionProtocol
    issued_on: date = Field(description="the civil day of issue", examples=["2026-11-25"])
    revoked_on: date | None = Field(
        description="the civil day since which it counts no more; null while it stands",
        examples=[None],
    )
    revocation_basis: StatedLine | None = Field(
        description="the council's decision that revoked it; null while it stands", examples=[None]
    )


class RecordFields(TypedDict):
    """The fields that records of certificates and of statements have in common."""

    id: UUID
    event: FeedReason
    application_id: UUID
    number: str
    qualification: QualificationReference
    council: str
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    issued_on: date


FeedRecord = Annotated[CertificateRecord | StatementRecord, Field(discriminator="subject")]

RECORD: TypeAdapter[CertificateRecord | StatementRecord] = TypeAdapter(FeedRecord)
"""Reads the content of a feed entry."""


class RecordColumns:
    """The columns of a record in the CSV export."""

    NAMES: ClassVar[list[str]] = [
        *("subject", "id", "number", "family_name", "given_name", "patronymic"),
        *("registry_number", "qualification", "council", "centre_number", "centre"),
        *("decided_on", "decision_protocol", "issued_on", "valid_until", "ends_on"),
        *("latest_event", "recertifies", "term_confirmed"),
    ]

    @staticmethod
    def format_row(record: CertificateRecord | StatementRecord) -> list[str]:
        """The record's cells in the order of `NAMES`; blank where it has no value."""
        values = {
            **vars(record),
            **(vars(record.holder) if record.holder else {}),
            "registry_number": record.qualification.registry_number,
            "qualification": record.qualification.name,
            "centre_number": record.centre.number,
            "centre": record.centre.name,
            "latest_event": record.event,
            "term_confirmed": "true" if record.qualification.term_confirmed else "false",
        }
        return [str(values.get(name) or "") for name in RecordColumns.NAMES]
