"""A portal's question for a handshake or a test event, and what the sender found."""

import asyncio
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from services.certificates.access.dependencies import ServiceSettings
from services.certificates.access.policy import require_employer
from services.certificates.webhooks.checks import ABANDONED, request_check
from services.certificates.webhooks.models import EndpointCheck, WebhookEndpoint
from services.certificates.webhooks.operations import check_resumable, check_unverified
from services.certificates.webhooks.queries import get_check, get_endpoint
from services.certificates.webhooks.rules import SENT_STATES, CheckFault, CheckKind
from shared.context import command_context
from shared.delivery.attempts import AttemptOutcome
from shared.errors import Conflict, NotFound, RuleViolation
from shared.principal import Principal
from shared.web.dependencies import Now
from shared.web.resources import get_resources

LOOK_SECONDS = 0.25
"""How often it is seen whether the sender has answered."""
WAITING_LIMITS = 4 / 3
"""Nobody waits longer than so many limits of a request: 20 seconds."""
_ADDRESS_FAULTS = frozenset({"address", "dns", "tls", "connect"})


@dataclass(frozen=True, slots=True)
class CheckCommand:
    """Asks for a check in a transaction of its own, then waits for what the sender recorded."""

    request: Request
    now: Now
    settings: ServiceSettings

    async def verify_endpoint(self, caller: Principal, endpoint_id: UUID) -> EndpointCheck:
        """A handshake with an address that is new.

        Raises `NotFound`, `Conflict` where it has been verified, `TooManyRequests`.
        """
        return await self._run_check(caller, endpoint_id, CheckKind.HANDSHAKE, is_resumed=False)

    async def resume_endpoint(self, caller: Principal, endpoint_id: UUID) -> EndpointCheck:
        """A handshake with an address that was given up.

        Raises `NotFound`, `Conflict` where nothing was, `TooManyRequests`.
        """
        return await self._run_check(caller, endpoint_id, CheckKind.HANDSHAKE, is_resumed=True)

    async def send_test(self, caller: Principal, endpoint_id: UUID) -> EndpointCheck:
        """An event that tells nothing.

        Raises `NotFound`, `Conflict` before the address is verified, `TooManyRequests`.
        """
        return await self._run_check(caller, endpoint_id, CheckKind.TEST, is_resumed=False)

    async def _run_check(
        self, caller: Principal, endpoint_id: UUID, kind: CheckKind, *, is_resumed: bool
    ) -> EndpointCheck:
        database = get_resources(self.request).database
        async with database.transaction() as session:
            endpoint = await get_endpoint(
                session, require_employer(caller), endpoint_id, is_locked=True
            )
            _check_state(endpoint, kind, is_resumed=is_resumed)
            context = command_context(session, self.now, self.settings, caller.subject)
            check = await request_check(context, endpoint, kind)
        return await self._wait_for_end(check)

    async def _wait_for_end(self, check: EndpointCheck) -> EndpointCheck:
        """The check as the sender left it; without an outcome where none has taken it in time."""
        database = get_resources(self.request).database
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self.settings.webhook_limit_seconds * WAITING_LIMITS
        while check.outcome is None and loop.time() < ends_at:
            await asyncio.sleep(LOOK_SECONDS)
            if get_resources(self.request).stopping.is_set():
                break
            if await self.request.is_disconnected():
                break
            async with database.read_only_transaction() as session:
                current = await get_check(session, check.id)
            if current is None:
                raise NotFound("endpoint.unknown", "The endpoint was deleted meanwhile.")
            check = current
        return check


EndpointId = Annotated[UUID, Path(description="the endpoint's id")]
"""The endpoint of a route."""
Checks = Annotated[CheckCommand, Depends(CheckCommand)]
"""Handshakes and test events of a request."""


def _check_state(endpoint: WebhookEndpoint, kind: CheckKind, *, is_resumed: bool) -> None:
    if kind is CheckKind.TEST:
        if endpoint.state not in SENT_STATES:
            raise Conflict("endpoint.unverified", "Verify this address, or resume it, before.")
    elif is_resumed:
        check_resumable(endpoint)
    else:
        check_unverified(endpoint)


def require_passed(check: EndpointCheck) -> None:
    """Nothing for a handshake that passed, or that nobody has made yet.

    Raises `RuleViolation` with what failed.
    """
    if check.outcome is None or check.outcome is AttemptOutcome.DELIVERED:
        return
    failure = check.failure or ""
    if failure == CheckFault.SIGNATURE_UNCHECKED:
        raise RuleViolation(
            "endpoint.signature_unchecked",
            "A message with a wrong signature must be answered with 401.",
        )
    if failure == CheckFault.CHALLENGE:
        raise RuleViolation(
            "endpoint.challenge", "The challenge must come back, as JSON, within 15 seconds."
        )
    if failure in _ADDRESS_FAULTS:
        raise RuleViolation(
            "endpoint.unreachable",
            f"The address cannot be reached by its name on the Internet ({failure}).",
            values={"failure": failure},
        )
    if failure == ABANDONED:
        raise Conflict("endpoint.abandoned", "Nobody has made the check in time. Ask again.")
    raise RuleViolation(
        "endpoint.refused",
        f"The address did not answer as it must ({failure}).",
        values={"failure": failure},
    )
