"""What a route gives to a command: the transaction, the time, what the caller saw, who acts."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from shared.context import CommandContext, command_context
from shared.web.dependencies import ExpectedVersion, Now, Transaction
from shared.web.resources import get_resources


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request that runs a command, and the response to it."""

    session: Transaction
    now: Now
    request: Request
    response: Response

    def command_context(self, actor: str, account: str | None = None) -> CommandContext[Any]:
        """The context of the command, with the settings of the process that answers."""
        settings = get_resources(self.request).settings
        return command_context(self.session, self.now, settings, actor, account=account)


@dataclass(frozen=True, slots=True)
class ConditionalContext(RequestContext):
    """One request whose command changes what its caller has seen: `If-Match` names a revision."""

    expected_revision: ExpectedVersion

    def command_context(self, actor: str, account: str | None = None) -> CommandContext[Any]:
        """The same with the revision that the caller decided on."""
        settings = get_resources(self.request).settings
        return command_context(
            self.session, self.now, settings, actor, self.expected_revision, account
        )


CommandRequest = Annotated[ConditionalContext, Depends(ConditionalContext, scope="function")]
"""The request of a route whose command checks the revision of what it changes."""

UnconditionalRequest = Annotated[RequestContext, Depends(RequestContext, scope="function")]
"""The request of a route whose command makes something, or compares no revision."""
