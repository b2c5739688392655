"""The first load of the feed: certificates that were loaded past the service, thousands at once.

Each batch is a transaction: it gives its entries their positions itself, holding the head of the
feed, so the sequencer and the sealing of days take turns with it. The facts come as one JSON text a
certificate, and the record's own class reads them and writes the content: what is loaded so is what
any other entry would say.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select, text, tuple_
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.registry import chain
from services.certificates.registry.feed import compute_sequencing_instant, lock_feed_head
from services.certificates.registry.models import FeedHead
from services.certificates.registry.schemas import CertificateRecord
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, execute
from shared.job_states.rows import RowDuty, describe_fault, handle_due_rows, is_set_aside
from shared.job_states.set_aside import set_row_aside

FIRST_LOAD_JOB = "feed-backfill"

Place: TypeAlias = tuple[datetime, UUID]
"""The instant of issue and the id of the certificate that was visited last."""
BEFORE_ALL: Place = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))

# Certificates with a notice that is due are left to the scan, which would pass by locked ones; once
# told, or set aside, they come here. Instants are in UTC, as everywhere in the feed.
_FACTS = """
    SELECT c.id, c.issued_at, CAST(json_build_object(
        'id', c.id, 'event', 'issued', 'application_id', c.application_id, 'number', c.number,
        'holder', c.holder,
        'qualification', json_build_object(
            'id', c.qualification -> 'id', 'version', c.qualification -> 'version',
            'name', c.qualification -> 'name',
            'registry_number', c.qualification -> 'registry_number'),
        'council', c.qualification -> 'council', 'centre', c.centre,
        'decided_on', c.decided_on, 'decision_protocol', c.decision_protocol,
        'issued_on', c.issued_on, 'valid_until', c.valid_until, 'ends_on', c.ends_on,
        'recertifies', c.recertifies,
        'changes', ARRAY(
            SELECT json_build_object(
                'kind', kind, 'effective_on', effective_on,
                'recorded_at', to_char(recorded_at AT TIME ZONE 'UTC',
                                       'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'basis', basis, 'valid_until', valid_until, 'successor', successor)
            FROM certificate_change WHERE certificate_id = c.id ORDER BY id),
        'duplicates', ARRAY(
            SELECT json_build_object(
                'ordinal', ordinal, 'ground', ground, 'issued_on', issued_on, 'holder', holder)
            FROM duplicate WHERE certificate_id = c.id ORDER BY ordinal)
        ) AS text) AS facts
    FROM certificate AS c
    WHERE NOT c.in_feed AND {chosen_rows}
    ORDER BY c.issued_at, c.id
    LIMIT :limit
    FOR NO KEY UPDATE OF c SKIP LOCKED
"""
BATCH_FACTS = text(
    _FACTS.format(
        chosen_rows="""(c.issued_at, c.id) > (:after_instant, :after_id)
        AND CAST(c.id AS text) NOT IN (SELECT subject FROM set_aside WHERE job = :job)
        AND (c.next_notice_on IS NULL OR c.next_notice_on > :today OR CAST(c.id AS text) IN
             (SELECT subject FROM set_aside WHERE job = :notices_job))"""
    )
)
_ROW_FACTS = text(_FACTS.format(chosen_rows="c.id = :certificate_id"))
_INSERT_ENTRIES = text(
    """
    INSERT INTO feed_entry (position, subject, subject_id, event, qualification_id, content,
                            digest, chain, recorded_at, sequenced_at, acknowledged)
    SELECT loaded.position, 'certificate', loaded.id, 'issued', loaded.qualification_id,
           loaded.content, loaded.digest, loaded.chain, :recorded_at, :sequenced_at, false
    FROM unnest(CAST(:positions AS bigint[]), CAST(:ids AS uuid[]),
                CAST(:qualification_ids AS uuid[]), CAST(:contents AS text[]),
                CAST(:digests AS bytea[]), CAST(:chains AS bytea[]))
         AS loaded (position, id, qualification_id, content, digest, chain)
    """
)
_MARK_LOADED = text("UPDATE certificate SET in_feed = true WHERE id = ANY(CAST(:ids AS uuid[]))")


async def load_feed(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Enters all certificates outside the feed; returns how many it visited.

    One whose stored facts make no record is set aside with its reason, and holds up nobody. What a
    round did not come to, because others held it or a notice was due, the next one finds.
    """
    visited = BEFORE_ALL

    def build_context(session: AsyncSession) -> CertificatesContext:
        return command_context(session, clock.now(), settings, FIRST_LOAD_JOB)

    async def load_batch(session: AsyncSession, limit: int) -> int:
        nonlocal visited
        count, visited = await load_missing_records(build_context(session), visited, limit)
        return count

    async def load_row(session: AsyncSession, subject: str) -> None:
        await load_record(build_context(session), UUID(subject))

    async def find_first(session: AsyncSession) -> UUID | None:
        return await _find_first_missing(session, visited)

    duty = RowDuty(
        job=FIRST_LOAD_JOB,
        batch_rows=settings.first_load_batch,
        handle_batch=load_batch,
        handle_row=load_row,
        find_first=find_first,
    )
    return await handle_due_rows(database, clock, duty)


async def load_missing_records(
    context: CertificatesContext, visited: Place, limit: int
) -> tuple[int, Place]:
    """Enters at most so many certificates behind a place; how many it visited, and the next place.

    Each is read by itself, so those that cannot be read are known without trying others again.
    """
    session = context.session
    head = await lock_feed_head(session)
    after_instant, after_id = visited
    parameters = {
        "after_instant": after_instant,
        "after_id": after_id,
        "today": context.today,
        "job": FIRST_LOAD_JOB,
        "notices_job": NOTICES_JOB,
        "limit": limit,
    }
    rows = (await execute(session, BATCH_FACTS, parameters)).all()
    records = []
    for row in rows:
        try:
            records.append(CertificateRecord.model_validate_json(row.facts))
        except ValidationError as error:
            reason = describe_fault(error)
            await set_row_aside(session, FIRST_LOAD_JOB, str(row.id), reason, context.now)
    await _append_records(context, head, records)
    return len(rows), (rows[-1].issued_at, rows[-1].id) if rows else visited


async def load_record(context: CertificatesContext, certificate_id: UUID) -> None:
    """Enters one certificate, if it is outside the feed. Raises pydantic's `ValidationError`."""
    head = await lock_feed_head(context.session)
    parameters = {"certificate_id": certificate_id, "limit": 1}
    rows = (await execute(context.session, _ROW_FACTS, parameters)).all()
    records = [CertificateRecord.model_validate_json(row.facts) for row in rows]
    await _append_records(context, head, records)


async def _append_records(
    context: CertificatesContext, head: FeedHead, records: Sequence[CertificateRecord]
) -> None:
    """Appends entries of locked certificates, with their positions, to the end of the feed."""
    if not records:
        return
    contents = [record.model_dump_json() for record in records]
    digests = [chain.entry_digest(content.encode()) for content in contents]
    ids = [record.id for record in records]
    first_position, chains = head.position + 1, []
    for digest in digests:
        head.position += 1
        head.chain = chain.next_chain(head.chain, head.position, digest)
        chains.append(head.chain)
    head.sequenced_at = compute_sequencing_instant(head, context.now, context.settings)
    values = {
        "positions": list(range(first_position, head.position + 1)),
        "ids": ids,
        "qualification_ids": [record.qualification.id for record in records],
        "contents": contents,
        "digests": digests,
        "chains": chains,
        "recorded_at": context.now,
        "sequenced_at": head.sequenced_at,
    }
    await execute(context.session, _INSERT_ENTRIES, values)
    await execute(context.session, _MARK_LOADED, {"ids": ids})


async def _find_first_missing(session: AsyncSession, visited: Place) -> UUID | None:
    """The certificate with which the next batch begins."""
    order = (col(Certificate.issued_at), col(Certificate.id))
    query = (
        select(col(Certificate.id))
        .where(
            ~col(Certificate.in_feed),
            tuple_(*order) > tuple_(*visited),
            ~is_set_aside(FIRST_LOAD_JOB, col(Certificate.id)),
        )
        .order_by(*order)
        .limit(1)
    )
    first_id: UUID | None = (await execute(session, query)).scalar_one_or_none()
    return first_id
