"""What every command is run with: a transaction, a moment, the settings, an actor.

A command is a function `verb_object(context, ...)` of a room's `operations`. It changes rows and
records events in the session; it never commits, and knows nothing of HTTP, pages or Kafka: routes,
pages, event handlers and jobs each build the context in one place.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import civil_date
from shared.errors import ExpectedRevision
from shared.settings import Settings

SettingsT_co = TypeVar("SettingsT_co", bound=Settings, covariant=True)


@dataclass(frozen=True, slots=True)
class CommandContext(Generic[SettingsT_co]):
    """One run of a command.

    `now` is an instant in UTC, `today` its day in the civil zone of the settings. `actor` is who
    acts, as histories keep it: a token's subject, or a part of the platform. `expected_revision`
    is what the actor decided on; None when they did not say. `account` is the token's subject where
    a caller acts, also for somebody whom they name as the actor.
    """

    session: AsyncSession
    now: datetime
    today: date
    settings: SettingsT_co
    actor: str
    expected_revision: ExpectedRevision = None
    account: str | None = None

    def without_expectation(self) -> "CommandContext[SettingsT_co]":
        """The same for a further command, whose aggregate the actor has not seen."""
        return replace(self, expected_revision=None)

    def acting_as(self, actor: str) -> "CommandContext[SettingsT_co]":
        """The same for somebody else who acts."""
        return replace(self, actor=actor)


PlainSettingsT = TypeVar("PlainSettingsT", bound=Settings)


def command_context(
    session: AsyncSession,
    now: datetime,
    settings: PlainSettingsT,
    actor: str,
    expected_revision: ExpectedRevision = None,
    account: str | None = None,
) -> CommandContext[PlainSettingsT]:
    """The context of a command that runs at this instant."""
    today = civil_date(now, settings.time_zone)
    return CommandContext(session, now, today, settings, actor, expected_revision, account)
