"""Bodies of the registry's API: the feed, manifests, receipts, reconciliation."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.certificates.certificate.members import (
    EXAMPLE_DIGEST,
    Digest,
    Jws,
    QualificationId,
    RecordedAt,
    StatedLine,
)
from services.certificates.registry.records import FeedRecord, RecordReason, SubjectId
from services.certificates.registry.rules import RegistryAnswer, Subject
from shared.paging import MAX_PAGE_ITEMS
from shared.schemas import MAX_EXACT_INTEGER, CivilDay, Count, Position, RequestBody
from shared.stated import Stated
from shared.text_contents import JSON_TYPE, JWS_TYPE, LastLine, SignedClaims, TextContent
from shared.values.lines import Line

MAX_FEED_PAGE = 10_000
MAX_DIFFERENCES = 10_000
MAX_TOTALS = 1_000_000
MAX_SEALED_DAYS = 400
MAX_BATCH_ROWS = 10_000
"""Of one request, whatever the settings say."""

EntryPosition = Annotated[
    Position, Field(description="the entry's position in the feed, from 1", examples=[1024])
]
RecordSubject = Annotated[Subject, Field(description="what the record is about")]
Chain = Annotated[
    Digest,
    Field(description="the hash chain at this position", examples=[EXAMPLE_DIGEST]),
]
RecordContent = Annotated[
    str,
    Stated(1_000_000, 2),
    TextContent(JSON_TYPE, FeedRecord),
    Field(
        description="the record as JSON text, the very bytes that are hashed",
        examples=['{"id":"6f2a7c0e-9d41-4b58-8a3c-51e7d0b94f12","subject":"certificate"}'],
    ),
]
"""A record as it was sent; the example is shortened."""


class RecordsEnd(LastLine):
    """The last line of the snapshot: without it the answer was broken off."""

    count: Count = Field(description="how many records there were", examples=[1024])
    position: Position = Field(
        description="the feed's last position then; go on after it", examples=[1024]
    )
    chain: Chain


class FeedEntryAnswer(BaseModel):
    """One entry. All that it says is under its digest, and with its position under the chain."""

    position: EntryPosition
    subject: RecordSubject
    subject_id: SubjectId
    event: RecordReason
    recorded_at: RecordedAt
    content: RecordContent | None = Field(
        description="the record as JSON text; null where a later `erased` entry of this id follows"
    )
    content_digest: Digest = Field(
        description="SHA-256 of `content` in UTF-8, also where that was erased",
        examples=[EXAMPLE_DIGEST],
    )
    digest: Digest = Field(
        description="SHA-256 of `subject`, `subject_id`, `event`, `recorded_at`, `content_digest` "
        "in UTF-8, as they stand here, joined by line feeds",
        examples=[EXAMPLE_DIGEST],
    )
    chain: Chain


class FeedPageAnswer(BaseModel):
    """Entries after a position, oldest first, chained to the page before."""

    after: Position = Field(description="the position that was asked for", examples=[1023])
    before_chain: Digest = Field(
        description="the chain at `after`: compare it with yours", examples=[EXAMPLE_DIGEST]
    )
    items: list[FeedEntryAnswer] = Field(
        max_length=MAX_FEED_PAGE, description="the entries, at most `limit`"
    )
    after_chain: Digest = Field(
        description="the chain at the last entry of this page", examples=[EXAMPLE_DIGEST]
    )
    head: Position = Field(description="the last position that there is", examples=[1024])


class ManifestTotal(BaseModel):
    """How many entries of one kind a day added about one qualification."""

    model_config = ConfigDict(frozen=True)

    qualification_id: QualificationId
    subject: RecordSubject
    event: RecordReason
    count: Count = Field(description="how many entries", examples=[12])


class ManifestContent(BaseModel):
    """What one civil day added to the feed. Days without entries have one, too."""

    model_config = ConfigDict(frozen=True)

    day: date = Field(description="the civil day", examples=["2026-11-25"])
    first: Position = Field(
        description="the first position of the day; last + 1 when it had none", examples=[1013]
    )
    last: Position = Field(description="the last position of the day", examples=[1024])
    count: Count = Field(description="how many entries the day has", examples=[12])
    chain: Digest = Field(description="the hash chain at `last`", examples=[EXAMPLE_DIGEST])
    totals: Annotated[tuple[ManifestTotal, ...], Stated(MAX_TOTALS)] = Field(
        description="of each qualification: its id, and how many events of each kind"
    )
    previous: Digest | None = Field(
        description="SHA-256 of the signed manifest of the day before; null of the first day",
        examples=[EXAMPLE_DIGEST],
    )


class ManifestClaims(SignedClaims):
    """What the JWS of a manifest says."""

    manifest: ManifestContent = Field(description="what the day added to the feed")


class ManifestAnswer(BaseModel):
    """A day's manifest: its content, and the same as a JWS by the keys of /v1/jwks.json."""

    content: ManifestContent = Field(description="what the day added")
    jws: Annotated[Jws, TextContent(JWS_TYPE, ManifestClaims)] = Field(
        description="the same, signed; check it by `/v1/jwks.json`",
        examples=["eyJhbGciOiJFUzI1NiJ9.eyJtYW5pZmVzdCI6e319.c2lnbmF0dXJl"],
    )


class ManifestPageAnswer(BaseModel):
    """Manifests after a day, oldest first."""

    after: date | None = Field(
        description="the civil day that was asked for; null from the first",
        examples=["2026-11-24"],
    )
    items: list[ManifestAnswer] = Field(
        max_length=MAX_SEALED_DAYS, description="the days' manifests, at most `limit`"
    )


class ReceiptRequest(RequestBody):
    """The registry's receipt for one entry of the feed."""

    position: int = Field(
        ge=1,
        le=MAX_EXACT_INTEGER,
        description="the entry's position in the feed",
        examples=[1024],
    )
    outcome: RegistryAnswer = Field(description="whether the registry has entered it")
    record_number: Line | None = Field(
        default=None, description="the registry's own number of the record", examples=["Р-004417"]
    )
    entered_on: CivilDay | None = Field(
        default=None, description="the civil day of the registry's entry", examples=["2026-11-27"]
    )
    reason: Line | None = Field(
        default=None, description="why it was refused, in words for people", examples=[None]
    )

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

    position: EntryPosition
    subject: RecordSubject
    subject_id: SubjectId
    event: RecordReason
    recorded_at: RecordedAt
    due_on: date = Field(
        description="the last civil day for its entry (order 649n)", examples=["2026-12-02"]
    )
    late: bool = Field(description="whether that day is over")
    refusal_reason: StatedLine | None = Field(
        description="why the registry refused it last, if it did", examples=[None]
    )


class UnacknowledgedPageAnswer(BaseModel):
    """Entries after a position that the registry has not entered, oldest first."""

    after: Position = Field(description="the position that was asked for", examples=[1000])
    items: list[UnacknowledgedEntryAnswer] = Field(
        max_length=MAX_PAGE_ITEMS, description="the entries, at most `limit`"
    )


class ReconciliationLine(RequestBody):
    """One record of the registry's copy: its id and the digest of its content."""

    id: SubjectId
    digest: Digest = Field(
        description="SHA-256 of the record's `content`, an entry's `content_digest`",
        examples=[EXAMPLE_DIGEST],
    )


class RecordDifference(BaseModel):
    """One record in which the registry's copy differs from ours; `content` is what we have."""

    id: SubjectId
    difference: Literal["missing_there", "unknown_here", "doubled_there", "different"] = Field(
        description="in which way the copies differ"
    )
    position: EntryPosition | None = Field(description="of our latest entry about it")
    content: RecordContent | None = Field(
        description="the record as we have it; null where we have none, or erased it"
    )


class ReconciliationAnswer(BaseModel):
    """The differences between the registry's copy and the feed as of a position."""

    position: Position = Field(
        description="the position of the feed that was compared with", examples=[1024]
    )
    record_count: Count = Field(description="records that were sent", examples=[1018])
    has_more: bool = Field(description="there are more differences than were asked for")
    items: list[RecordDifference] = Field(
        max_length=MAX_DIFFERENCES, description="the differences, at most `limit`"
    )
