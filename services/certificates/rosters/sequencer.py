"""The sequencer of rosters: what was committed is numbered for those who watch it.

Writers queue what happened and wait for nobody. One sequencer at a time, holding the head, takes
from the queue, finds who watches, and numbers an event for each, all in one transaction: whoever
dies in between leaves the same queue and the same numbers to the next.

Who enrols commits first and reads the status then. What was committed before is in that status;
what comes later is numbered later and finds the enrolment: nothing lies between.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import PendingChange
from services.certificates.rosters.content import EventDraft
from services.certificates.rosters.current_status import StatusReader
from services.certificates.rosters.enrolment import EnrolmentMove, move_enrolments
from services.certificates.rosters.numbering import append_events, choose_day, lock_roster_head
from services.certificates.rosters.rules import RosterEventKind
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database, Pool, execute, follow_channel
from shared.job_states.rows import RowDuty, handle_due_rows, is_set_aside
from shared.messaging.outbox import OUTBOX_CHANNEL

ROSTERS_JOB = "rosters"

_TAKE_CHANGES = """
    SELECT p.id, p.certificate_id, p.kind, p.effective_on, p.successor, c.number,
           s.id AS successor_id
    FROM pending_change AS p JOIN certificate AS c ON c.id = p.certificate_id
    LEFT JOIN certificate AS s ON s.number = p.successor
    WHERE {chosen_rows} ORDER BY p.id LIMIT :limit
"""
_TAKE_BATCH = text(
    _TAKE_CHANGES.format(
        chosen_rows="CAST(p.certificate_id AS text) NOT IN "
        "(SELECT subject FROM set_aside WHERE job = :job)"
    )
)
_TAKE_OF_CERTIFICATE = text(_TAKE_CHANGES.format(chosen_rows="p.certificate_id = :certificate_id"))
_COUNT_WATCHERS = text(
    "SELECT certificate_id, count(*) AS number FROM enrolment "
    "WHERE certificate_id = ANY(:certificates) AND ended_at IS NULL GROUP BY certificate_id"
)
_LOCK_SUBSCRIPTIONS = text(
    """
    SELECT id FROM subscription
    WHERE state = 'open' AND until >= :today
      AND id IN (SELECT subscription_id FROM enrolment
                 WHERE certificate_id = ANY(:certificates) AND ended_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE
    """
)
_LIST_WATCHERS = text(
    """
    SELECT id, subscription_id, certificate_id FROM enrolment
    WHERE certificate_id = ANY(:certificates) AND ended_at IS NULL
      AND subscription_id = ANY(:subscriptions) AND (until IS NULL OR until >= :today)
    ORDER BY subscription_id
    """
)
_DELETE_CHANGES = text("DELETE FROM pending_change WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class _Watcher:
    """A subscription that watches a certificate, by its enrolment."""

    enrolment_id: int
    subscription_id: UUID


async def sequence_batch(
    context: CertificatesContext, pool: Pool, limit: int, certificate_id: UUID | None = None
) -> int:
    """Numbers events of at most `limit` changes, the oldest first; how many changes were taken.

    With a certificate, of its changes alone, also when they are set aside.
    """
    session = context.session
    head = await lock_roster_head(session)
    changes = await _take_changes(session, limit, certificate_id)
    changes = await _bound_events(session, changes, context.settings.roster_batch)
    if not changes:
        return 0
    day = choose_day(head, context.today)
    watchers = await _lock_watchers(session, changes, context.today)
    drafts, moves = await _draft_events(context, pool, changes, watchers)
    await append_events(context, day, drafts)
    await move_enrolments(context, moves)
    await execute(session, _DELETE_CHANGES, {"ids": [change.id for change in changes]})
    return len(changes)


async def _take_changes(
    session: AsyncSession, limit: int, certificate_id: UUID | None
) -> Sequence[Any]:
    """The oldest changes; none of a certificate to which a roster moves in the same batch.

    Who watches it then, is known only when the move is made.
    """
    if certificate_id is None:
        result = await execute(session, _TAKE_BATCH, {"limit": limit, "job": ROSTERS_JOB})
    else:
        parameters = {"limit": limit, "certificate_id": certificate_id}
        result = await execute(session, _TAKE_OF_CERTIFICATE, parameters)
    changes: list[Any] = []
    successors: set[str] = set()
    for change in result:
        if change.number in successors:
            break
        changes.append(change)
        if change.successor is not None:
            successors.add(change.successor)
    return changes


async def _bound_events(
    session: AsyncSession, changes: Sequence[Any], event_limit: int
) -> Sequence[Any]:
    """The first of the changes that make no more than so many events; at least one change."""
    certificates = list({change.certificate_id for change in changes})
    rows = await execute(session, _COUNT_WATCHERS, {"certificates": certificates})
    watcher_counts = {row.certificate_id: row.number for row in rows}
    event_count = 0
    for index, change in enumerate(changes):
        event_count += watcher_counts.get(change.certificate_id, 0)
        if event_count > event_limit:
            return changes[: max(index, 1)]
    return changes


async def _lock_watchers(
    session: AsyncSession, changes: Sequence[Any], today: date
) -> dict[UUID, list[_Watcher]]:
    """Who watches each certificate, by its id; the subscriptions are locked, in order.

    So nobody unenrols before the commit and is told all the same. An enrolment that was committed
    after its subscription had been looked for has the changes in the status that it reads.
    """
    certificates = list({change.certificate_id for change in changes})
    parameters: dict[str, object] = {"certificates": certificates, "today": today}
    locked_rows = await execute(session, _LOCK_SUBSCRIPTIONS, parameters)
    parameters["subscriptions"] = [row.id for row in locked_rows]
    watchers: dict[UUID, list[_Watcher]] = defaultdict(list)
    for row in await execute(session, _LIST_WATCHERS, parameters):
        watchers[row.certificate_id].append(_Watcher(row.id, row.subscription_id))
    return watchers


async def _draft_events(
    context: CertificatesContext,
    pool: Pool,
    changes: Sequence[Any],
    watchers: dict[UUID, list[_Watcher]],
) -> tuple[list[EventDraft], list[EnrolmentMove]]:
    """The events, in the order of the changes, and the enrolments that move to a successor."""
    watched_changes = [change for change in changes if change.certificate_id in watchers]
    numbers = {change.number for change in watched_changes}
    numbers |= {change.successor for change in watched_changes if change.successor is not None}
    reader = await StatusReader.read(pool, context.today, context.settings, numbers)
    drafts, moves = [], []
    for change in watched_changes:
        kind = RosterEventKind(change.kind)
        data = reader.describe_change(change.number, change.effective_on, change.successor)
        for watcher in watchers[change.certificate_id]:
            drafts.append(EventDraft(watcher.subscription_id, change.certificate_id, kind, data))
            if change.successor_id is not None:
                moves.append(
                    EnrolmentMove(
                        watcher.enrolment_id, watcher.subscription_id, change.successor_id
                    )
                )
        if change.successor_id is not None:
            watchers[change.certificate_id] = []
    return drafts, moves


class RosterSequencer:
    """Numbers events as soon as the changes are committed, past those that cannot be told."""

    def __init__(self, database: Database, clock: Clock, settings: CertificatesSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings

    async def run(self) -> None:
        """Follows commits. Returns only by raising."""
        await follow_channel(
            self._database, OUTBOX_CHANNEL, self.run_round, self._settings.poll_seconds
        )

    async def run_round(self) -> int:
        """Numbers events of all changes that wait; how many changes there were.

        A certificate whose changes cannot be told is set aside with all of them, so that they keep
        their order.
        """
        duty = RowDuty(
            job=ROSTERS_JOB,
            batch_rows=self._settings.roster_batch,
            handle_batch=self._handle_batch,
            handle_row=self._handle_certificate,
            find_first=self._find_first,
        )
        return await handle_due_rows(self._database, self._clock, duty)

    async def _handle_batch(self, session: AsyncSession, limit: int) -> int:
        return await sequence_batch(self._context(session), await self._pool(), limit)

    async def _handle_certificate(self, session: AsyncSession, subject: str) -> None:
        context, pool = self._context(session), await self._pool()
        while await sequence_batch(context, pool, self._settings.roster_batch, UUID(subject)):
            pass

    async def _find_first(self, session: AsyncSession) -> UUID | None:
        query = (
            select(col(PendingChange.certificate_id))
            .where(~is_set_aside(ROSTERS_JOB, col(PendingChange.certificate_id)))
            .order_by(col(PendingChange.id))
            .limit(1)
        )
        certificate_id: UUID | None = (await execute(session, query)).scalar_one_or_none()
        return certificate_id

    def _context(self, session: AsyncSession) -> CertificatesContext:
        return command_context(session, self._clock.now(), self._settings, ROSTERS_JOB)

    async def _pool(self) -> Pool:
        return await self._database.read_pool.get_pool()
