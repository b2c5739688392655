"""The registry's feed: entries, and their positions. Only `sequence_entries` commits.

A writer adds its entry in its own transaction, without a position; the sequencer, one at a
time, gives positions to what has been committed. So positions are dense and in the order in
which commits became visible, and no writer waits for another. Entries of one certificate keep
their order: each is written under the certificate's lock.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import bindparam, text, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate, Statement
from services.certificates.certificate.queries import list_changes, list_duplicates
from services.certificates.registry import chain
from services.certificates.registry.models import FeedEntry, FeedHead
from services.certificates.registry.records import (
    CertificateRecord,
    ChangeRecord,
    DuplicateRecord,
    QualificationReference,
    RecordFields,
    StatementRecord,
)
from services.certificates.registry.rules import FeedReason
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock
from shared.db import Database, execute, follow_channel
from shared.events.applications import AssessmentCentre
from shared.messaging.outbox import OUTBOX_CHANNEL

_ERASE_CONTENTS = text(
    """
    UPDATE feed_entry AS earlier SET content = NULL FROM feed_entry AS erasure
    WHERE erasure.id = ANY(CAST(:erasures AS bigint[]))
      AND earlier.subject_id = erasure.subject_id AND earlier.position < erasure.position
      AND earlier.content IS NOT NULL
    """
)


async def append_entries(
    context: CertificatesContext, certificates: Sequence[Certificate], reason: FeedReason
) -> None:
    """Appends an entry for each locked or new certificate: its whole record after the event."""
    for certificate in certificates:
        certificate.in_feed = True  # also of one in the backlog, which is then taken off it
    ids = [certificate.id for certificate in certificates]
    changes = await list_changes(context.session, ids)
    duplicates = await list_duplicates(context.session, ids)
    for certificate in certificates:
        record = CertificateRecord(
            **_record_fields(certificate, certificate.id, reason),
            holder=certificate.holder,
            valid_until=certificate.valid_until,
            ends_on=certificate.ends_on,
            version=certificate.version,
            recertifies=certificate.recertifies,
            changes=[ChangeRecord.model_validate(row) for row in changes[certificate.id]],
            duplicates=[DuplicateRecord.model_validate(row) for row in duplicates[certificate.id]],
        )
        _insert_entry(context, record)
    await context.session.flush()


async def append_statement_entry(
    context: CertificatesContext, statement: Statement, reason: FeedReason
) -> None:
    """Appends an entry for a not-passed statement: its whole record after the event."""
    record = StatementRecord(
        **_record_fields(statement, statement.application_id, reason),
        version=statement.version,
        holder=statement.holder,
        revoked_on=statement.revoked_on,
        revocation_basis=statement.revocation_basis,
    )
    _insert_entry(context, record, statement.version)
    await context.session.flush()


def _record_fields(
    row: Certificate | Statement, subject_id: UUID, reason: FeedReason
) -> RecordFields:
    """The fields that records of certificates and of statements have in common."""
    return {
        "id": subject_id,
        "event": reason,
        "application_id": row.application_id,
        "number": row.number,
        "qualification": QualificationReference.model_validate(row.qualification),
        "council": row.qualification.council,
        "centre": AssessmentCentre(number=row.centre.number, name=row.centre.name),
        "decided_on": row.decided_on,
        "decision_protocol": row.decision_protocol,
        "issued_on": row.issued_on,
    }


def _insert_entry(
    context: CertificatesContext, record: CertificateRecord | StatementRecord, version: int = 1
) -> None:
    content = record.model_dump_json()
    content_bytes = content.encode()
    context.session.add(
        FeedEntry(
            subject=record.subject,
            subject_id=record.id,
            version=version,
            event=record.event,
            qualification_id=record.qualification.id,
            content=content,
            content_digest=chain.content_digest(content_bytes),
            digest=chain.entry_digest(
                record.subject, record.id, record.event, context.now, content_bytes
            ),
            recorded_at=context.now,
        )
    )


async def lock_feed_head(session: AsyncSession) -> FeedHead:
    """Locks the end of the feed: nobody else sequences or seals until the transaction ends."""
    return (await session.exec(select(FeedHead).with_for_update())).one()


async def sequence_entries(
    database: Database, clock: Clock, settings: CertificatesSettings, limit: int = 500
) -> int:
    """Gives the next positions to entries without one, oldest first; returns how many.

    The instant of sequencing never goes back, nor into a day that a manifest has closed,
    whatever the clocks of several machines say. With the position of an erasure the contents
    before it go: a reader finds none absent that no later entry accounts for.
    """
    async with database.transaction() as session:
        head = await lock_feed_head(session)
        unsequenced_entries = await _list_unsequenced(session, limit)
        if not unsequenced_entries:
            return 0
        head.sequenced_at = compute_sequencing_instant(head, clock.now(), settings)
        positions = []
        for entry_id, _, digest in unsequenced_entries:
            head.position += 1
            head.chain = chain.next_chain(head.chain, head.position, digest)
            positions.append({"entry": entry_id, "position": head.position, "chain": head.chain})
        entry_table = FeedEntry.__table__  # type: ignore[attr-defined]
        update_positions = (
            update(entry_table)
            .where(entry_table.c.id == bindparam("entry"))
            .values(position=bindparam("position"), chain=bindparam("chain"))
            .values(sequenced_at=head.sequenced_at)
        )
        await execute(session, update_positions, positions)
        await _erase_earlier_contents(session, unsequenced_entries)
        return len(unsequenced_entries)


_Unsequenced = tuple[int, FeedReason, bytes]
"""The id, the event and the digest of an entry without a position."""


async def _list_unsequenced(session: AsyncSession, limit: int) -> Sequence[_Unsequenced]:
    """The oldest entries without a position."""
    query = (
        select(FeedEntry.id, FeedEntry.event, FeedEntry.digest)
        .where(col(FeedEntry.position).is_(None))
        .order_by(col(FeedEntry.id))
        .limit(limit)
    )
    return [(row[0] or 0, FeedReason(row[1]), row[2]) for row in (await session.exec(query)).all()]


async def _erase_earlier_contents(session: AsyncSession, entries: Sequence[_Unsequenced]) -> None:
    """Erases what earlier entries said about the subjects of erasures that got their positions."""
    erasures = [entry_id for entry_id, event, _ in entries if event is FeedReason.ERASED]
    if erasures:
        await execute(session, _ERASE_CONTENTS, {"erasures": erasures})


def compute_sequencing_instant(
    head: FeedHead, now: datetime, settings: CertificatesSettings
) -> datetime:
    """Now, but not before the last instant of sequencing nor inside a sealed day."""
    candidates = [now]
    if head.sequenced_at is not None:
        candidates.append(head.sequenced_at)
    if head.sealed_through is not None:
        first_open_day = head.sealed_through + timedelta(days=1)
        candidates.append(datetime.combine(first_open_day, time(0), settings.time_zone))
    return max(candidates)


async def run_sequencer(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Sequences entries as soon as they are committed. Returns only by raising."""

    async def sequence_batch() -> int:
        return await sequence_entries(database, clock, settings)

    await follow_channel(database, OUTBOX_CHANNEL, sequence_batch, settings.poll_seconds)
