"""Walks to their end, past certificates that cannot be moved: those are set aside."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.settings import CertificatesSettings
from services.certificates.validity.plan_changes import confirm_default_plan
from services.certificates.validity.walks import (
    PLAN_JOB,
    find_next_walked,
    pull_notice_forward,
    walk_batch,
)
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.job_states.rows import RowDuty, handle_due_rows


async def walk_certificates(
    database: Database, clock: Clock, settings: CertificatesSettings
) -> int:
    """Makes all walks that are left; how many certificates and ends of walks there were.

    The default plan is confirmed with each batch: a walk may take longer than that holds.
    """

    async def walk(session: AsyncSession, limit: int) -> int:
        context = command_context(session, clock.now(), settings, PLAN_JOB)
        count = await walk_batch(context, limit)
        await confirm_default_plan(context)
        return count

    async def pull_forward(session: AsyncSession, subject: str) -> None:
        await pull_notice_forward(session, UUID(subject))

    duty = RowDuty(
        job=PLAN_JOB,
        batch_rows=settings.scan_batch,
        handle_batch=walk,
        handle_row=pull_forward,
        find_first=find_next_walked,
    )
    return await handle_due_rows(database, clock, duty)
