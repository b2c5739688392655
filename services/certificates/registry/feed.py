"""The registry's feed: entries, and their positions. Only `sequence` commits.

A writer adds its entry in its own transaction, without a position; the sequencer, one at a time,
gives positions to what has been committed. So positions are dense and in the order in which
commits became visible, and no writer waits for another. Entries of one certificate keep their
order: each is written under the certificate's lock.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate import queries
from services.certificates.certificate.models import Certificate, Statement
from services.certificates.registry import chain
from services.certificates.registry.models import FeedEntry, FeedHead
from services.certificates.registry.rules import Event
from services.certificates.registry.schemas import (
    CertificateRecord,
    ChangeTold,
    DuplicateTold,
    QualificationNamed,
    StatementRecord,
)
from services.certificates.settings import CertificatesSettings
from shared.clock import Clock
from shared.db import Database, execute, follow
from shared.messaging.outbox import CHANNEL


async def enter(
    session: AsyncSession, certificates: Sequence[Certificate], event: Event, now: datetime
) -> None:
    """Tells the registry of locked or new certificates, as they are after the event."""
    ids = [certificate.id for certificate in certificates]
    changes = await queries.changes(session, ids)
    duplicates = await queries.duplicates(session, ids)
    for certificate in certificates:
        _add(
            session,
            CertificateRecord(
                **_common(certificate, certificate.id, event),
                holder=certificate.holder,
                valid_until=certificate.valid_until,
                ends_on=certificate.ends_on,
                recertifies=certificate.recertifies,
                changes=[ChangeTold.model_validate(each) for each in changes[certificate.id]],
                duplicates=[
                    DuplicateTold.model_validate(each) for each in duplicates[certificate.id]
                ],
            ),
            now,
        )
    await session.flush()


async def enter_missing(session: AsyncSession, now: datetime, most: int = 200) -> int:
    """Tells the registry of certificates that it was never told of; how many it were.

    One at a time, by the head's lock: two schedulers would tell of the same ones. Under the
    certificates' locks: a change that is on its way must not be followed by what was before it.
    """
    await locked_head(session)
    told = select(FeedEntry.id).where(FeedEntry.subject_id == Certificate.id).exists()
    query = select(Certificate).where(~told).order_by(col(Certificate.issued_at))
    found = (await session.exec(query.limit(most).with_for_update(key_share=True))).all()
    await enter(session, found, Event.ISSUED, now)
    return len(found)


async def enter_statement(
    session: AsyncSession, statement: Statement, event: Event, now: datetime
) -> None:
    """Tells the registry of a not-passed statement."""
    record = StatementRecord(
        **_common(statement, statement.application_id, event), holder=statement.holder
    )
    _add(session, record, now)
    await session.flush()


def _common(row: Certificate | Statement, subject_id: UUID, event: Event) -> dict[str, Any]:
    qualification = row.qualification
    return {
        "id": subject_id,
        "event": event,
        "application_id": row.application_id,
        "number": row.number,
        "qualification": QualificationNamed.model_validate(qualification),
        "council": qualification["council"],
        "centre": row.centre,
        "decided_on": row.decided_on,
        "decision_protocol": row.decision_protocol,
        "issued_on": row.issued_on,
    }


def _add(session: AsyncSession, record: CertificateRecord | StatementRecord, now: datetime) -> None:
    content = record.model_dump_json()
    session.add(
        FeedEntry(
            subject=record.subject,
            subject_id=record.id,
            event=record.event,
            qualification_id=record.qualification.id,
            content=content,
            digest=chain.digest(content.encode()),
            recorded_at=now,
        )
    )


async def locked_head(session: AsyncSession) -> FeedHead:
    """The end of the feed; nobody else sequences or seals until the transaction ends."""
    return (await session.exec(select(FeedHead).with_for_update())).one()


async def sequence(
    database: Database, clock: Clock, settings: CertificatesSettings, most: int = 500
) -> int:
    """Gives the next positions to entries that have none, oldest first; how many it were.

    An instant never goes back, nor into a day that a manifest has closed, whatever the clocks of
    several machines say.
    """
    async with database.transaction() as session:
        head = await locked_head(session)
        found = await _unsequenced(session, most)
        if not found:
            return 0
        head.sequenced_at = _instant(head, clock.now(), settings)
        told = []
        for entry_id, digest in found:
            head.position += 1
            head.chain = chain.link(head.chain, head.position, digest)
            told.append({"entry": entry_id, "position": head.position, "chain": head.chain})
        entries = FeedEntry.__table__  # type: ignore[attr-defined]
        place = (
            update(entries)
            .where(entries.c.id == bindparam("entry"))
            .values(position=bindparam("position"), chain=bindparam("chain"))
            .values(sequenced_at=head.sequenced_at)
        )
        await execute(session, place, told)
        return len(found)


async def _unsequenced(session: AsyncSession, most: int) -> Sequence[tuple[int, bytes]]:
    query = (
        select(FeedEntry.id, FeedEntry.digest)
        .where(col(FeedEntry.position).is_(None))
        .order_by(col(FeedEntry.id))
        .limit(most)
    )
    return [(row[0] or 0, row[1]) for row in (await session.exec(query)).all()]


def _instant(head: FeedHead, now: datetime, settings: CertificatesSettings) -> datetime:
    times = [now]
    if head.sequenced_at is not None:
        times.append(head.sequenced_at)
    if head.sealed_through is not None:
        opened = head.sealed_through + timedelta(days=1)
        times.append(datetime.combine(opened, time(0), settings.time_zone))
    return max(times)


async def keep_sequencing(database: Database, clock: Clock, settings: CertificatesSettings) -> None:
    """Gives positions as soon as something is committed. Returns only by raising."""

    async def step() -> int:
        return await sequence(database, clock, settings)

    await follow(database, CHANNEL, step, settings.certificates_poll_seconds)
