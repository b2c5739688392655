"""What an HTTP process holds from its start to its end, and the one place that finds it again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from starlette.requests import HTTPConnection

from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.locale.catalogues import Languages, read_languages
from shared.messaging.inbox import Handlers
from shared.metrics.database import connect_for_operators
from shared.settings import Settings
from shared.web.provider import IdentityProvider
from shared.web.tokens import TokenVerifier

SettingsT_co = TypeVar("SettingsT_co", bound=Settings, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Resources(Generic[SettingsT_co]):
    """What every service's process holds; a service with more of its own has a subclass.

    `handlers` are the service's event handlers, for replaying dead letters; `languages` are those
    of its pages.
    """

    settings: SettingsT_co
    database: Database
    operators_database: Database
    """The same one, by connections that no request takes: for health, figures, operations."""
    clock: Clock = field(default_factory=SystemClock)
    handlers: Handlers = field(default_factory=dict)
    languages: Languages = field(default_factory=read_languages)
    token_verifier: TokenVerifier
    identity_provider: IdentityProvider
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is told to stop: it answers still, and is not ready any more."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it lets nobody in any more: who waits for news gets an answer without any."""

    @classmethod
    def open(
        cls,
        settings: Any,
        clock: Clock | None = None,
        handlers: Handlers | None = None,
        **own: Any,
    ) -> Self:
        """Opens what these settings name; `own` are the fields that a service's subclass adds."""
        optional: Mapping[str, Any] = {"clock": clock, "handlers": handlers, **own}
        token_verifier = TokenVerifier(settings)
        return cls(
            settings=settings,
            database=Database.connect(settings),
            operators_database=connect_for_operators(settings),
            token_verifier=token_verifier,
            identity_provider=IdentityProvider(settings, token_verifier),
            **{name: value for name, value in optional.items() if value is not None},
        )

    async def check_drain(self) -> None:
        """Raises `RuntimeError` for readiness when the process is about to end."""
        if self.draining.is_set():
            raise RuntimeError("the process is ending")


def get_resources(connection: HTTPConnection) -> Resources[Settings]:
    """What the process that answers this request holds."""
    resources: Resources[Settings] = connection.app.state.resources
    return resources
