"""The job of windows: each certificate gets its window once its end comes near. None commits.

The certificates that end on a day are queued at once, in the order of their turns, and get their
windows batch by batch: whatever their number, a batch reads its own rows. Who changes a certificate
writes no slot: what is to be settled waits as a task, and only this job and a council's acts, one
at a time, count places. So no change waits for another one's slots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    TextClause,
    Uuid,
    any_,
    delete,
    func,
    literal,
    select,
    text,
)
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.models import Certificate
from services.certificates.renewal.capacity import RENEWAL_JOB, measure_capacities
from services.certificates.renewal.models import RenewalTask, RenewalWindow
from services.certificates.renewal.rules import SlotRange
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.db import execute
from shared.job_states.states import lock_cursor, save_cursor

_ASSIGN = text((Path(__file__).parent / "assign.sql").read_text("utf-8"))
_QUEUE_COHORT = text(
    """
    INSERT INTO renewal_task (certificate_id)
    SELECT c.id FROM certificate AS c
    WHERE c.ends_on = :ends_on AND c.next_notice_on IS NOT NULL
      AND NOT EXISTS (SELECT FROM renewal_window AS w
                      WHERE w.certificate_id = c.id AND w.generation = c.generation OFFSET 0)
    ORDER BY sha256(convert_to(concat_ws(' ', c.id, c.generation), 'UTF8')), c.id
    """
)
_NEXT_TASKS = """
    SELECT {column} FROM renewal_task
    WHERE CAST(certificate_id AS text) NOT IN (SELECT subject FROM set_aside WHERE job = :job)
    ORDER BY id LIMIT :limit
"""
_NEXT_TASK_CERTIFICATE = text(_NEXT_TASKS.format(column="certificate_id"))
_TAKE_TASKS = """
    WITH task AS (
        DELETE FROM renewal_task WHERE id = ANY(ARRAY({chosen_tasks}))
        RETURNING certificate_id, qualification_id, freed_on
    ), emptied AS (
        UPDATE renewal_slot AS s SET assigned = greatest(s.assigned - freed.places, 0)
        FROM (SELECT qualification_id, freed_on, count(*) AS places FROM task
              GROUP BY qualification_id, freed_on) AS freed
        WHERE s.qualification_id = freed.qualification_id AND s.day = freed.freed_on
    )
    SELECT certificate_id FROM task
"""
_TAKE_NEXT = text(_TAKE_TASKS.format(chosen_tasks=_NEXT_TASKS.format(column="id")))
_TAKE_OF_CERTIFICATE = text(
    _TAKE_TASKS.format(
        chosen_tasks="SELECT id FROM renewal_task WHERE certificate_id = :certificate_id"
    )
)
_DROP_STALE = text(
    """
    WITH stale AS (
        DELETE FROM renewal_window AS w WHERE w.ctid = ANY(ARRAY(
            SELECT own.ctid FROM certificate AS c
            CROSS JOIN LATERAL (SELECT ctid, generation FROM renewal_window
                                WHERE certificate_id = c.id OFFSET 0) AS own
            WHERE c.id = ANY(:certificate_ids)
              AND (own.generation <> c.generation OR c.next_notice_on IS NULL)
        ))
        RETURNING w.qualification_id, w.slot_on
    )
    UPDATE renewal_slot AS s SET assigned = greatest(s.assigned - freed.places, 0)
    FROM (SELECT qualification_id, slot_on, count(*) AS places FROM stale
          GROUP BY qualification_id, slot_on) AS freed
    WHERE s.qualification_id = freed.qualification_id AND s.day = freed.slot_on
    """
)
_LIST_ENDED = text(
    """
    SELECT c.id FROM certificate AS c
    WHERE c.ends_on = :ends_on
      AND EXISTS (SELECT FROM renewal_window AS w WHERE w.certificate_id = c.id OFFSET 0)
    LIMIT :limit
    """
)
_CLEAR_SLOTS = text("DELETE FROM renewal_slot WHERE day <= :day")
"""Slots that are over: nobody counts their places any more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Through which ends the job has given windows, and through which it has cleared them."""

    assigned_through: date
    cleared_through: date

    @classmethod
    def parse(cls, cursor: str | None, context: CertificatesContext) -> "Progress":
        """The progress in the job's cursor; at the beginning, before the first end with slots."""
        if cursor is None:
            first_days = timedelta(days=context.settings.renewal_latest_days)
            return cls(context.today + first_days, context.today - timedelta(days=1))
        return cls(*map(date.fromisoformat, cursor.split("/")))

    def format(self) -> str:
        """The progress as the job's cursor."""
        return f"{self.assigned_through}/{self.cleared_through}"


async def run_renewal_batch(context: CertificatesContext, limit: int) -> int:
    """Makes the next step: settles at most so many tasks, queues a day, or clears windows.

    Returns how many tasks were settled, 1 after another step, 0 when nothing is left.

    The job's locked row makes it one at a time, and the step and its mark are one transaction: a
    second scheduler, or the next one after a crash, goes on where this one ended.
    """
    progress = Progress.parse(await lock_cursor(context.session, RENEWAL_JOB), context)
    parameters = {"job": RENEWAL_JOB, "limit": limit}
    task_count = await _settle_tasks(context, progress, _TAKE_NEXT, parameters)
    next_progress = progress if task_count else await _take_step(context, progress, limit)
    if next_progress is None:
        return 0
    await save_cursor(context.session, RENEWAL_JOB, next_progress.format())
    return task_count or 1


async def settle_certificate(context: CertificatesContext, certificate_id: UUID) -> None:
    """Settles the tasks of one certificate, which may be set aside."""
    progress = Progress.parse(await lock_cursor(context.session, RENEWAL_JOB), context)
    parameters = {"certificate_id": certificate_id}
    await _settle_tasks(context, progress, _TAKE_OF_CERTIFICATE, parameters)


async def find_next_settled(session: AsyncSession) -> UUID | None:
    """The certificate whose task comes next; None without any."""
    parameters = {"job": RENEWAL_JOB, "limit": 1}
    next_id: UUID | None = (
        await execute(session, _NEXT_TASK_CERTIFICATE, parameters)
    ).scalar_one_or_none()
    return next_id


async def count_renewal_tasks(context: CertificatesContext) -> int:
    """How many changes of certificates wait for the job."""
    query = select(func.count()).select_from(RenewalTask)
    return int((await execute(context.session, query)).scalar_one())


async def _take_step(
    context: CertificatesContext, progress: Progress, limit: int
) -> Progress | None:
    """Where the job is after it has queued a day, or cleared a batch; None when no day is left."""
    last_end = context.today + timedelta(days=context.settings.renewal_lead_days)
    if progress.assigned_through < last_end:
        is_live = col(Certificate.next_notice_on).is_not(None)
        ends_on = await _find_end(context, progress.assigned_through, last_end, is_live)
        if ends_on is not None and slot_range(context.settings).list_slots(ends_on, context.today):
            await execute(context.session, _QUEUE_COHORT, {"ends_on": ends_on})
        return replace(progress, assigned_through=ends_on or last_end)
    yesterday = context.today - timedelta(days=1)
    if progress.cleared_through < yesterday:
        ended_on = await _find_end(context, progress.cleared_through, yesterday)
        if ended_on is None or await _clear_windows(context, ended_on, limit) < limit:
            return replace(progress, cleared_through=ended_on or yesterday)
        return progress
    return None


async def _find_end(
    context: CertificatesContext, after: date, through: date, *conditions: ColumnElement[bool]
) -> date | None:
    """The next day on which certificates end, of those that meet the conditions."""
    ends_on = col(Certificate.ends_on)
    query = select(ends_on).where(ends_on > after, ends_on <= through, *conditions)
    next_end: date | None = (
        await execute(context.session, query.order_by(ends_on).limit(1))
    ).scalar_one_or_none()
    return next_end


async def _settle_tasks(
    context: CertificatesContext,
    progress: Progress,
    taking_statement: TextClause,
    parameters: Mapping[str, object],
) -> int:
    """Gives places back, and windows to those whose day was queued already; how many tasks."""
    session = context.session
    certificate_ids = (await execute(session, taking_statement, parameters)).scalars().all()
    if not certificate_ids:
        return 0
    await execute(session, _DROP_STALE, {"certificate_ids": list(certificate_ids)})
    query = (
        select(col(Certificate.ends_on), col(Certificate.id), col(Certificate.qualification_id))
        .where(
            col(Certificate.id) == any_(literal(list(certificate_ids), ARRAY(Uuid))),
            col(Certificate.next_notice_on).is_not(None),
            col(Certificate.ends_on) <= progress.assigned_through,
        )
        .order_by(col(Certificate.ends_on))
    )
    rows = (await execute(session, query)).all()
    for ends_on, group in groupby(rows, key=lambda row: row.ends_on):
        await _assign_windows(context, ends_on, list(group))
    return len(certificate_ids)


async def _assign_windows(
    context: CertificatesContext, ends_on: date, certificates: Sequence[Row[Any]]
) -> None:
    """Gives windows to those that have none of these certificates, which end on a day."""
    settings = context.settings
    slot_days = slot_range(settings).list_slots(ends_on, context.today)
    if not slot_days:
        return
    await measure_capacities(context, list({row.qualification_id for row in certificates}))
    parameters = {
        "ends_on": ends_on,
        "certificate_ids": [row.id for row in certificates],
        "window_days": settings.renewal_window_days,
        "slot_days": slot_days,
    }
    await execute(context.session, _ASSIGN, parameters)


def slot_range(settings: CertificatesSettings) -> SlotRange:
    """The days before an end on which its windows may end."""
    return SlotRange(
        settings.renewal_earliest_days, settings.renewal_latest_days, settings.renewal_window_days
    )


async def _clear_windows(context: CertificatesContext, ended_on: date, limit: int) -> int:
    """Deletes the windows of certificates that ended on a day, and slots up to it; how many."""
    session = context.session
    parameters = {"ends_on": ended_on, "limit": limit}
    certificate_ids = (await execute(session, _LIST_ENDED, parameters)).scalars().all()
    of_ended = col(RenewalWindow.certificate_id) == any_(
        literal(list(certificate_ids), ARRAY(Uuid))
    )
    await execute(session, delete(RenewalWindow).where(of_ended))
    await execute(session, _CLEAR_SLOTS, {"day": ended_on})
    return len(certificate_ids)
