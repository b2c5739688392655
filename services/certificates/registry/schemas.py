"""Bodies of the registry's API: the feed, manifests, receipts, reconciliation."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from services.certificates.certificate.rules import Ground
from services.certificates.certificate.schemas import Line
from services.certificates.certificate.standing import ChangeKind
from services.certificates.registry.rules import FeedReason, RegistryAnswer, Subject
from shared.events.applications import AssessmentCentre, Holder
from shared.schemas import RequestBody
from shared.text_contents import JSON_TYPE, JWS_TYPE, SignedClaims, TextContent


class _RecordPart(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class QualificationReference(_RecordPart):
    """Which qualification, in which version."""

    id: UUID
    version: int
    name: str
    registry_number: str | None


class ChangeRecord(_RecordPart):
    """One change of a certificate, without who recorded it."""

    kind: ChangeKind
    effective_on: date
    recorded_at: datetime
    basis: str | None
    valid_until: date | None
    successor: str | None


class DuplicateRecord(_RecordPart):
    """One duplicate of a certificate."""

    ordinal: int
    ground: Ground
    issued_on: date
    holder: Holder


class CertificateRecord(_RecordPart):
    """The whole record of a certificate after an event, as the registry keeps it (order 649n)."""

    id: UUID
    subject: Literal[Subject.CERTIFICATE] = Subject.CERTIFICATE
    event: FeedReason
    application_id: UUID
    number: str
    holder: Holder
    qualification: QualificationReference
    council: str
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    issued_on: date
    valid_until: date
    ends_on: date
    recertifies: str | None
    changes: list[ChangeRecord]
    duplicates: list[DuplicateRecord]


class StatementRecord(_RecordPart):
    """A not-passed statement as the registry keeps it; without names when they were erased."""

    id: UUID
    subject: Literal[Subject.STATEMENT] = Subject.STATEMENT
    event: FeedReason
    application_id: UUID
    number: str
    holder: Holder | None
    qualification: QualificationReference
    council: str
    centre: AssessmentCentre
    decided_on: date
    decision_protocol: str
    issued_on: date


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


Record = Annotated[CertificateRecord | StatementRecord, Field(discriminator="subject")]

RECORD: TypeAdapter[CertificateRecord | StatementRecord] = TypeAdapter(Record)
"""Reads the content of a feed entry."""

RecordText = Annotated[str, TextContent(JSON_TYPE, Record)]
"""A record as the text of which digests are made."""


class RecordsEnd(BaseModel):
    """The last line of the snapshot: without it the answer was broken off."""

    end: Literal[True] = Field(description="that this is the last line")
    count: int = Field(description="how many records there were")
    position: int = Field(description="the feed's last position then; go on after it")
    chain: str = Field(description="the feed's chain at that position, in hex")


class FeedEntryAnswer(BaseModel):
    """One entry: its digest is SHA-256 of `content` in UTF-8, which is a record as JSON text."""

    position: int
    subject: Subject
    subject_id: UUID
    event: FeedReason
    recorded_at: datetime
    content: RecordText | None = Field(description="absent when the personal data were erased")
    digest: str
    chain: str


class FeedPageAnswer(BaseModel):
    """Entries after a position, oldest first, chained to the page before."""

    after: int
    before_chain: str = Field(description="the chain at `after`: compare it with yours")
    entries: list[FeedEntryAnswer]
    after_chain: str = Field(description="the chain at the last entry of this page")
    head: int = Field(description="the last position that there is")


class ManifestTotal(BaseModel):
    """How many entries of one kind a day added about one qualification."""

    model_config = ConfigDict(frozen=True)

    qualification_id: UUID
    subject: Subject
    event: FeedReason
    count: int


class ManifestContent(BaseModel):
    """What one civil day added to the feed. Days without entries have one, too."""

    model_config = ConfigDict(frozen=True)

    day: date
    first: int = Field(description="the first position of the day; last + 1 when it had none")
    last: int
    count: int
    chain: str = Field(description="at `last`")
    totals: tuple[ManifestTotal, ...] = Field(
        description="of each qualification: its id, and how many events of each kind"
    )
    previous: str | None = Field(description="SHA-256 of the signed manifest of the day before")


class ManifestClaims(SignedClaims):
    """What the JWS of a manifest says."""

    manifest: ManifestContent = Field(description="what the day added to the feed")


class ManifestAnswer(BaseModel):
    """A day's manifest: its content, and the same as a JWS by the keys of /v1/jwks.json."""

    content: ManifestContent
    jws: Annotated[str, TextContent(JWS_TYPE, ManifestClaims)]


class ReceiptRequest(RequestBody):
    """The registry's receipt for one entry of the feed."""

    position: int = Field(ge=1)
    outcome: RegistryAnswer
    record_number: Line | None = None
    entered_on: date | None = None
    reason: Line | None = None

    @model_validator(mode="after")
    def _check_outcome(self) -> "ReceiptRequest":
        has_record = self.record_number is not None and self.entered_on is not None
        if self.outcome is RegistryAnswer.ENTERED and (not has_record or self.reason is not None):
            raise PydanticCustomError(
                "receipt.entered", "an entry has 'record_number' and 'entered_on', and no 'reason'"
            )
        if self.outcome is RegistryAnswer.REFUSED and (has_record or self.reason is None):
            raise PydanticCustomError("receipt.refused", "a refusal has a 'reason', and no record")
        return self


class UnacknowledgedEntryAnswer(BaseModel):
    """An entry that the registry has not entered, and the last day that the law gives for it."""

    position: int
    subject: Subject
    subject_id: UUID
    event: FeedReason
    recorded_at: datetime
    due_on: date
    late: bool
    refusal_reason: str | None = Field(description="why the registry refused it last, if it did")


class ReconciliationLine(RequestBody):
    """One record of the registry's copy: its id and the digest of its content."""

    id: UUID
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RecordDifference(BaseModel):
    """One record in which the registry's copy differs from ours; `content` is what we have."""

    id: UUID
    difference: Literal["missing_there", "unknown_here", "doubled_there", "different"]
    position: int | None = Field(description="of our latest entry about it")
    content: RecordText | None


class ReconciliationAnswer(BaseModel):
    """The differences between the registry's copy and the feed as of a position."""

    position: int
    record_count: int = Field(description="records that were sent")
    has_more: bool = Field(description="there are more differences than were asked for")
    differences: list[RecordDifference]


class RecordColumns:
    """The columns of a record in the CSV export."""

    NAMES: ClassVar[list[str]] = [
        *("subject", "id", "number", "family_name", "given_name", "patronymic"),
        *("registry_number", "qualification", "council", "centre_number", "centre"),
        *("decided_on", "decision_protocol", "issued_on", "valid_until", "ends_on"),
        *("latest_event", "recertifies"),
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
        }
        return [str(values.get(name) or "") for name in RecordColumns.NAMES]
