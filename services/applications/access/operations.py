"""The audit of reads: who looked at whose personal data. Kept when the file is erased."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.models import Reading
from services.applications.access.policy import reaches
from services.applications.application import queries
from shared.db import Database
from shared.errors import NotFound
from shared.principal import Principal, Scope


async def admit(
    database: Database,
    caller: Principal,
    scopes: Sequence[Scope],
    application_id: UUID,
    now: datetime,
    reads: str | None,
) -> None:
    """Lets the caller to an application that is theirs; what they read, if anything, is noted.

    The note is committed before anything is shown. Raises `NotFound` when it is not theirs.
    """
    access = database.transaction() if reads is not None else database.reading()
    async with access as session:
        row = await queries.application(session, application_id)
        parts = [scope for scope in scopes if reaches(caller, scope, row)]
        if not parts:
            raise NotFound("application.unknown", f"There is no application {application_id}.")
        if reads is not None:
            session.add(
                Reading(
                    application_id=application_id,
                    at=now,
                    subject=caller.subject,
                    part=parts[0],
                    what=reads,
                )
            )


async def of(session: AsyncSession, application_id: UUID) -> Sequence[Reading]:
    """Who looked at the application, oldest first."""
    query = select(Reading).where(Reading.application_id == application_id)
    return (await session.exec(query.order_by(col(Reading.id)))).all()
