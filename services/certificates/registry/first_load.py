"""The first load of the feed: certificates that were loaded past the service, thousands at once.

Each batch is a transaction: it gives its entries their positions itself, holding the head of the
feed while it does, so the sequencer and the sealing of days take turns with it. The facts come as
one JSON text a certificate, and the record's own class reads them and writes the content: what is
loaded so is what any other entry would say.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Row, TextClause, select, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.registry import chain
from services.certificates.registry.feed import compute_sequencing_instant, lock_feed_head
from services.certificates.registry.models import FeedBacklog, FeedHead
from services.certificates.registry.records import CertificateRecord
from services.certificates.registry.rules import FeedReason, Subject
from services.certificates.settings import CertificatesContext, CertificatesSettings
from services.certificates.validity.gauges import NOTICES_JOB
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, execute
from shared.job_states.rows import RowDuty, describe_fault, handle_due_rows, is_set_aside
from shared.job_states.set_aside import set_row_aside
from shared.metrics.database import count_rows

FIRST_LOAD_JOB = "feed-backfill"
_LANES = 3
_ROWS_A_TURN = 50


# A batch is a piece of the backlog, so that it looks at no more than its rows; they are locked, so
# that no second scheduler enters them again. Each certificate is found and locked by itself. One
# that others hold, or of which a notice is due, has no facts: the scan would pass by a locked one.
# Instants are in UTC, as everywhere in the feed.
_FACTS = """
    SELECT piece.id AS place, piece.certificate_id, c.in_feed, c.facts
    FROM (
        SELECT id, certificate_id FROM feed_backlog WHERE {chosen_rows} ORDER BY id LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ) AS piece
    LEFT JOIN LATERAL (
        SELECT c.in_feed, CAST(json_build_object(
            'id', c.id, 'event', 'issued', 'application_id', c.application_id, 'number', c.number,
            'holder', c.holder,
            'qualification', json_build_object(
                'id', c.qualification -> 'id', 'version', c.qualification -> 'version',
                'name', c.qualification -> 'name',
                'registry_number', c.qualification -> 'registry_number',
                'term_confirmed', COALESCE(c.qualification -> 'term_confirmed', 'true')),
            'council', c.qualification -> 'council', 'centre', c.centre,
            'decided_on', c.decided_on, 'decision_protocol', c.decision_protocol,
            'issued_on', c.issued_on, 'valid_until', c.valid_until, 'ends_on', c.ends_on,
            'version', c.version, 'recertifies', c.recertifies,
            'changes', ARRAY(
                SELECT json_build_object(
                    'kind', kind, 'effective_on', effective_on,
                    'recorded_at', to_char(recorded_at AT TIME ZONE 'UTC',
                                           'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'basis', basis, 'decided_on', decided_on, 'ends_on', ends_on,
                    'successor', successor)
                FROM certificate_change WHERE certificate_id = c.id ORDER BY id),
            'duplicates', ARRAY(
                SELECT json_build_object(
                    'ordinal', ordinal, 'ground', ground, 'issued_on', issued_on, 'holder', holder)
                FROM duplicate WHERE certificate_id = c.id ORDER BY ordinal)
            ) AS text) AS facts
        FROM certificate AS c
        WHERE c.id = piece.certificate_id
          AND (c.next_notice_on IS NULL OR c.next_notice_on > :today OR CAST(c.id AS text) IN
               (SELECT subject FROM set_aside WHERE job = :notices_job))
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS c ON true
    ORDER BY piece.id
"""
_BATCH_FACTS = text(
    _FACTS.format(
        chosen_rows="id > :after_place AND id % :lane_count = :lane"
        " AND CAST(certificate_id AS text) NOT IN (SELECT subject FROM set_aside WHERE job = :job)"
    )
)
_ROW_FACTS = text(_FACTS.format(chosen_rows="certificate_id = :certificate_id"))
_INSERT_ENTRIES = text(
    """
    INSERT INTO feed_entry (position, subject, subject_id, event, qualification_id, content,
                            content_digest, digest, chain, recorded_at, sequenced_at, acknowledged)
    SELECT :position + loaded.ordinal, 'certificate', loaded.id, 'issued', loaded.qualification_id,
           loaded.content, sha256(convert_to(loaded.content, 'UTF8')), loaded.digest,
           loaded.chain, :recorded_at, :sequenced_at, false
    FROM unnest(CAST(:ids AS uuid[]), CAST(:qualification_ids AS uuid[]),
                CAST(:contents AS text[]), CAST(:digests AS bytea[]), CAST(:chains AS bytea[]))
         WITH ORDINALITY AS loaded (id, qualification_id, content, digest, chain, ordinal)
    """
)
_TAKE_OFF = text("DELETE FROM feed_backlog WHERE id = ANY(CAST(:places AS bigint[]))")


@dataclass(slots=True)
class Lane:
    """A part of the backlog that one loader takes, and the place behind which it reads on.

    Lanes have no row in common, so that none waits for another but at the head of the feed.
    """

    number: int
    count: int = _LANES
    place: int = 0

    @property
    def parameters(self) -> dict[str, object]:
        """For the statements that choose from the backlog."""
        return {"after_place": self.place, "lane": self.number, "lane_count": self.count}


@dataclass(frozen=True, slots=True)
class _NewEntry:
    """An entry that is to be: the content, and what it is about.

    The record itself is let go at once: thousands of them would be looked through for garbage.
    """

    certificate_id: UUID
    qualification_id: UUID
    content: str


async def load_feed(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Enters all certificates of the backlog; returns how many it visited.

    The lanes share the backlog: while one makes records, the database enters those of another. A
    certificate whose stored facts make no record is set aside with its reason, and holds up nobody.
    What a round did not come to, because others held it or a notice was due, the next one finds.
    """

    def build_context(session: AsyncSession) -> CertificatesContext:
        return command_context(session, clock.now(), settings, FIRST_LOAD_JOB)

    async def load_row(session: AsyncSession, subject: str) -> None:
        await load_record(build_context(session), UUID(subject))

    def build_duty(lane: Lane) -> RowDuty:
        async def load_batch(session: AsyncSession, limit: int) -> int:
            count, lane.place = await load_next_records(build_context(session), lane, limit)
            return count

        async def find_first(session: AsyncSession) -> UUID | None:
            return await _find_next(session, lane)

        return RowDuty(
            job=FIRST_LOAD_JOB,
            batch_rows=settings.first_load_batch,
            handle_batch=load_batch,
            handle_row=load_row,
            find_first=find_first,
        )

    duties = [build_duty(Lane(number)) for number in range(_LANES)]
    return await handle_due_rows(database, clock, *duties)


async def load_next_records(
    context: CertificatesContext, lane: Lane, limit: int
) -> tuple[int, int]:
    """Enters at most so many certificates of a lane.

    Returns how many it visited, and the place of the last one. Each is read by itself, so those
    that make no record are known without trying others again. The head of the feed is locked when
    the records are made: whoever waits for it waits for the database only.
    """
    parameters = {**lane.parameters, "job": FIRST_LOAD_JOB, "limit": limit}
    rows = await _lock_facts(context, _BATCH_FACTS, parameters)
    if not rows:
        return 0, lane.place
    entries, places = [], []
    for count, row in enumerate(rows, start=1):
        if count % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)  # the other lanes, and the notices, get their turns
        try:
            entries += _build_entries(row)
        except ValidationError as error:
            reason, subject = describe_fault(error), str(row.certificate_id)
            await set_row_aside(context.session, FIRST_LOAD_JOB, subject, reason, context.now)
        else:
            places += [row.place] if row.facts else []
    await _enter(context, entries, places)
    return len(rows), rows[-1].place


async def load_record(context: CertificatesContext, certificate_id: UUID) -> None:
    """Enters one certificate of the backlog. Raises pydantic's `ValidationError`."""
    parameters = {"certificate_id": certificate_id, "limit": 1}
    for row in await _lock_facts(context, _ROW_FACTS, parameters):
        await _enter(context, _build_entries(row), [row.place] if row.facts else [])


async def count_backlog(session: AsyncSession) -> int:
    """How many certificates are in the backlog, those set aside among them, up to `COUNT_LIMIT`."""
    return await count_rows(session, select(col(FeedBacklog.id)))


async def _lock_facts(
    context: CertificatesContext, statement: TextClause, parameters: Mapping[str, object]
) -> Sequence[Row[Any]]:
    values = {**parameters, "today": context.today, "notices_job": NOTICES_JOB}
    return (await execute(context.session, statement, values)).all()


def _build_entries(row: Row[Any]) -> list[_NewEntry]:
    """The entry of a locked certificate; none where the change that entered it has told all."""
    if not row.facts or row.in_feed:
        return []
    record = CertificateRecord.model_validate_json(row.facts)
    return [_NewEntry(record.id, record.qualification.id, record.model_dump_json())]


async def _enter(
    context: CertificatesContext, entries: Sequence[_NewEntry], places: Sequence[int]
) -> None:
    """Appends entries of locked certificates to the feed, and takes places off the backlog."""
    if entries:
        await _append_entries(context, await lock_feed_head(context.session), entries)
    if places:
        await execute(context.session, _TAKE_OFF, {"places": places})


async def _append_entries(
    context: CertificatesContext, head: FeedHead, entries: Sequence[_NewEntry]
) -> None:
    digests = [
        chain.entry_digest(
            Subject.CERTIFICATE,
            entry.certificate_id,
            FeedReason.ISSUED,
            context.now,
            entry.content.encode(),
        )
        for entry in entries
    ]
    position, last_chain, chains = head.position, head.chain, []
    for digest in digests:
        position += 1
        last_chain = chain.next_chain(last_chain, position, digest)
        chains.append(last_chain)
    sequenced_at = compute_sequencing_instant(head, context.now, context.settings)
    values = {
        "position": head.position,
        "ids": [entry.certificate_id for entry in entries],
        "qualification_ids": [entry.qualification_id for entry in entries],
        "contents": [entry.content for entry in entries],
        "digests": digests,
        "chains": chains,
        "recorded_at": context.now,
        "sequenced_at": sequenced_at,
    }
    await execute(context.session, _INSERT_ENTRIES, values)
    head.position, head.chain, head.sequenced_at = position, last_chain, sequenced_at
    await context.session.flush()


async def _find_next(session: AsyncSession, lane: Lane) -> UUID | None:
    """The certificate with which the next batch of a lane begins."""
    place, certificate_id = col(FeedBacklog.id), col(FeedBacklog.certificate_id)
    query = (
        select(certificate_id)
        .where(place > lane.place, place % lane.count == lane.number)
        .where(~is_set_aside(FIRST_LOAD_JOB, certificate_id))
        .order_by(place)
        .limit(1)
    )
    next_id: UUID | None = (await execute(session, query)).scalar_one_or_none()
    return next_id
