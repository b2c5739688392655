"""How every step begins and ends; what is kept of published qualifications. None commits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.application import queries
from services.applications.application.models import (
    Application,
    History,
    QualificationVersion,
    QualificationWithdrawal,
)
from services.applications.application.status import TRANSITIONS, Command, Status
from shared.db import execute
from shared.errors import check_version
from shared.events.catalog import QualificationPublished, QualificationWithdrawn


@dataclass(frozen=True, slots=True)
class Step:
    """A step that the lifecycle allows, on an application that is locked."""

    session: AsyncSession
    application: Application
    command: Command
    target: Status

    async def take(self, actor: str, now: datetime, detail: str | None = None) -> Application:
        """Enters the new status and tells the history; `detail` goes with the file."""
        before = self.application.status
        self.application.status = self.target
        self.application.revision += 1
        tell(self.session, self.application, self.command, actor, now, before, detail)
        await self.session.flush()
        return self.application


def tell(
    session: AsyncSession,
    application: Application,
    command: str,
    actor: str,
    now: datetime,
    before: Status | None,
    detail: str | None = None,
) -> None:
    """Adds a line to the history."""
    session.add(
        History(
            application_id=application.id,
            at=now,
            actor=actor,
            command=command,
            from_status=before,
            to_status=application.status,
            detail=detail,
        )
    )


async def begin(
    session: AsyncSession, application_id: UUID, command: Command, expected: int | None = None
) -> Step:
    """Locks the application and asks the lifecycle.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    application = await queries.locked_application(session, application_id)
    check_version(application.revision, expected)
    target = TRANSITIONS.apply(Status(application.status), command)
    return Step(session, application, command, target)


async def keep_version(session: AsyncSession, event: QualificationPublished, now: datetime) -> None:
    """Keeps a published version. Versions never change, so a known one is left as it is."""
    row = {
        "id": event.qualification.id,
        "version": event.qualification.version,
        "payload": event.model_dump(mode="json"),
        "received_at": now,
    }
    await execute(session, insert(QualificationVersion).values(row).on_conflict_do_nothing())


async def keep_withdrawal(
    session: AsyncSession, event: QualificationWithdrawn, now: datetime
) -> None:
    """Keeps that a qualification ends. It ends once, so a known end is left as it is."""
    row = {
        "id": event.qualification_id,
        "withdrawn_from": event.withdrawn_from,
        "reason": event.reason,
        "received_at": now,
    }
    await execute(session, insert(QualificationWithdrawal).values(row).on_conflict_do_nothing())
