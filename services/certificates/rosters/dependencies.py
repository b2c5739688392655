"""What the routes and pages of rosters depend on: enrolling one, the list of a job, waiting."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.access.dependencies import ServiceSettings
from services.certificates.access.policy import require_employer
from services.certificates.rosters import operations, queries
from services.certificates.rosters.current_status import StatusReader
from services.certificates.rosters.queries import EventPage
from services.certificates.rosters.resources import get_roster_resources
from services.certificates.rosters.schemas import EnrolmentRequest
from services.certificates.settings import CertificatesContext
from services.certificates.verification.routes import allowance_of
from services.certificates.verification.schemas import VerificationAnswer
from shared.context import command_context
from shared.db import wait_for_notification
from shared.errors import NotFound
from shared.idempotency import create_once
from shared.principal import Principal
from shared.web.dependencies import Now

SubscriptionId = Annotated[UUID, Path(description="the roster's id")]
"""The roster of a route."""
JobId = Annotated[UUID, Path(description="the job's id")]
"""The job of a route."""

PRESENCE_SECONDS = 2.0
"""How often it is seen whether whoever waits is still there."""


@dataclass(frozen=True, slots=True)
class EnrolmentOutcome:
    """How an enrolled certificate stands after the commit, and what the caller may still ask."""

    until: date | None
    status: VerificationAnswer
    limit_headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EnrolmentCommand:
    """Enrols and unenrols by number, in a transaction of its own; unknown numbers are counted."""

    request: Request
    now: Now
    settings: ServiceSettings

    async def enrol(
        self,
        caller: Principal,
        subscription_id: UUID,
        body: EnrolmentRequest,
        key: str | None = None,
    ) -> EnrolmentOutcome:
        """Commits, then reads the status: so no change lies between it and the events.

        A repetition under the same `Idempotency-Key` enrols nothing anew.

        Raises what `enrol_certificate` raises, and `TooManyRequests`.
        """
        resources = get_roster_resources(self.request)
        allowance = allowance_of(self.request, caller)
        limit_headers = await allowance.reserve()
        pool = await resources.database.read_pool.get_pool()
        async with resources.database.transaction() as session:
            context = self._context(session, caller)
            subscription = await queries.lock_subscription(
                session, require_employer(caller), subscription_id
            )

            async def create() -> UUID:
                return await operations.enrol_certificate(context, pool, subscription, body)

            content = body.model_dump_json().encode()
            try:
                await create_once(session, f"enrolment:{subscription_id}", key, content, create)
            except NotFound:
                await allowance.count_unknown_certificate(body.number, body.issued_on)
                raise
        reader = await StatusReader.read(pool, context.today, self.settings, [body.number])
        entry = await queries.find_enrolment(pool, subscription_id, body.number)
        until = entry.until if entry else body.until
        return EnrolmentOutcome(until, reader.verify(body.number), limit_headers)

    async def unenrol(
        self, caller: Principal, subscription_id: UUID, number: str, issued_on: date
    ) -> None:
        """Ends an enrolment. Raises `NotFound`, `TooManyRequests`."""
        resources = get_roster_resources(self.request)
        allowance = allowance_of(self.request, caller)
        await allowance.reserve()
        pool = await resources.database.read_pool.get_pool()
        async with resources.database.transaction() as session:
            context = self._context(session, caller)
            subscription = await queries.lock_subscription(
                session, require_employer(caller), subscription_id
            )
            try:
                await operations.unenrol_certificate(context, pool, subscription, number, issued_on)
            except NotFound:
                await allowance.count_unknown_certificate(number, issued_on)
                raise

    def _context(self, session: AsyncSession, caller: Principal) -> CertificatesContext:
        return command_context(session, self.now, self.settings, caller.subject)


Enrolling = Annotated[EnrolmentCommand, Depends(EnrolmentCommand)]
"""Enrolling and unenrolling one certificate."""


async def wait_for_event_page(
    request: Request, employer: str, subscription_id: UUID, after: int, limit: int, seconds: float
) -> EventPage:
    """Events after a number; where there are none, those that come within so many seconds.

    Nobody who waits holds a connection. Raises what `get_events` raises, and `TooManyRequests`.
    """
    resources = get_roster_resources(request)
    pool = await resources.database.read_pool.get_pool()
    page = await queries.get_events(pool, employer, subscription_id, after, limit)
    if page.contents or not seconds:
        return page
    waiters, loop = resources.event_waiters, asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    async with waiters.wait_for_events(
        resources.database, employer, subscription_id
    ) as notification:
        while True:
            notification.clear()
            await waiters.listen(resources.database)
            page = await queries.get_events(pool, employer, subscription_id, after, limit)
            while not notification.is_set():
                remaining_seconds = ends_at - loop.time()
                if page.contents or remaining_seconds <= 0 or resources.stopping.is_set():
                    return page
                if await request.is_disconnected():
                    return page
                await wait_for_notification(notification, min(remaining_seconds, PRESENCE_SECONDS))
