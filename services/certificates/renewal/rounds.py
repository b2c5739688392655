"""Windows to the last task, past certificates whose windows cannot be settled: set aside."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.renewal.assignment import (
    find_next_settled,
    run_renewal_batch,
    settle_certificate,
)
from services.certificates.renewal.capacity import RENEWAL_JOB
from services.certificates.settings import CertificatesContext, CertificatesSettings
from shared.clock import Clock
from shared.context import command_context
from shared.db import Database
from shared.job_states.rows import RowDuty, handle_due_rows


async def settle_windows(database: Database, clock: Clock, settings: CertificatesSettings) -> int:
    """Gives and clears windows until nothing is left; how many tasks and other steps there were."""

    def build_context(session: AsyncSession) -> CertificatesContext:
        return command_context(session, clock.now(), settings, RENEWAL_JOB)

    async def settle_batch(session: AsyncSession, limit: int) -> int:
        return await run_renewal_batch(build_context(session), limit)

    async def settle_row(session: AsyncSession, subject: str) -> None:
        await settle_certificate(build_context(session), UUID(subject))

    duty = RowDuty(
        job=RENEWAL_JOB,
        batch_rows=settings.renewal_batch,
        handle_batch=settle_batch,
        handle_row=settle_row,
        find_first=find_next_settled,
    )
    return await handle_due_rows(database, clock, duty)
