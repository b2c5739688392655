"""How every step of the procedure begins and ends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications import queries
from services.applications.lifecycle.status import TRANSITIONS, Command, Status
from services.applications.models import Application, History
from shared.errors import check_version


@dataclass(frozen=True, slots=True)
class Step:
    """A step that the lifecycle allows, on an application that is locked."""

    session: AsyncSession
    application: Application
    command: Command
    target: Status

    async def take(self, actor: str, now: datetime, detail: str | None = None) -> Application:
        """Enters the new status and tells the history; `detail` holds no personal data."""
        past = History(
            application_id=self.application.id,
            at=now,
            actor=actor,
            command=self.command,
            from_status=self.application.status,
            to_status=self.target,
            detail=detail,
        )
        self.session.add(past)
        self.application.status = self.target
        self.application.revision += 1
        await self.session.flush()
        return self.application


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
