"""The local copy of what the catalog published: intake goes on while the catalog is down."""

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
class ApplicationStep:
    """A step that the transitions allow, on an application that is locked."""

    session: AsyncSession
    application: Application
    command: Command
    target: Status

    async def complete_step(
        self, actor: str, now: datetime, detail: str | None = None
    ) -> Application:
        """Sets the new status and revision, and appends a line to the history with `detail`."""
        previous_status = self.application.status
        self.application.status = self.target
        self.application.revision += 1
        append_history(
            self.session, self.application, self.command, actor, now, previous_status, detail
        )
        await self.session.flush()
        return self.application


def append_history(
    session: AsyncSession,
    application: Application,
    command: str,
    actor: str,
    now: datetime,
    previous_status: Status | None,
    detail: str | None = None,
) -> None:
    """Adds a line to the application's history.

    `previous_status` is None for the first line.
    """
    session.add(
        History(
            application_id=application.id,
            at=now,
            actor=actor,
            command=command,
            from_status=previous_status,
            to_status=application.status,
            detail=detail,
        )
    )


async def begin_step(
    session: AsyncSession,
    application_id: UUID,
    command: Command,
    expected_revision: int | None = None,
) -> ApplicationStep:
    """Locks the application and checks revision and transition.

    Raises `NotFound`, `StaleVersion`, `IllegalTransition`.
    """
    application = await queries.lock_application(session, application_id)
    check_version(application.revision, expected_revision)
    target = TRANSITIONS.next_status(Status(application.status), command)
    return ApplicationStep(session, application, command, target)


async def keep_version(session: AsyncSession, event: QualificationPublished, now: datetime) -> None:
    """Stores a published version. Versions never change, so a stored one is left as it is."""
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
    """Stores a qualification's withdrawal. It happens once, so a stored one is left as it is."""
    row = {
        "id": event.qualification_id,
        "withdrawn_from": event.withdrawn_from,
        "reason": event.reason,
        "received_at": now,
    }
    await execute(session, insert(QualificationWithdrawal).values(row).on_conflict_do_nothing())
