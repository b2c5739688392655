"""How every step of the procedure begins and ends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.lifecycle.status import TRANSITIONS, Command, Status
from services.applications.models import Application, History
from services.applications.queries import dossiers
from shared.errors import check_version


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
    application = await dossiers.locked_application(session, application_id)
    check_version(application.revision, expected)
    target = TRANSITIONS.apply(Status(application.status), command)
    return Step(session, application, command, target)
