"""The record of disclosures: who read whose personal data. Kept when the file is erased."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.models import Disclosure
from services.applications.access.policy import may_reach
from services.applications.application.queries import get_application
from shared.errors import NotFound
from shared.principal import Principal, Scope


async def find_granting_scope(
    session: AsyncSession, caller: Principal, scopes: Sequence[Scope], application_id: UUID
) -> Scope:
    """The first of the scopes by which the caller may reach the application.

    Raises `NotFound` when there is none: callers cannot tell that others' applications exist.
    """
    application = await get_application(session, application_id)
    for scope in scopes:
        if may_reach(caller, scope, application):
            return scope
    raise NotFound("application.unknown", f"There is no application {application_id}.")


async def list_disclosures(session: AsyncSession, application_id: UUID) -> Sequence[Disclosure]:
    """The disclosures of an application's personal data, oldest first."""
    query = select(Disclosure).where(Disclosure.application_id == application_id)
    return (await session.exec(query.order_by(col(Disclosure.id)))).all()


async def record_payload_disclosure(
    session: AsyncSession, caller: Principal, resource: str, now: datetime, payload: bytes
) -> None:
    """Records that operations are about to see an event's payload.

    It stands with the application that the event names, so that its applicant is told of it, too.
    """
    application_id = _find_application_id(payload)
    if application_id is not None:
        try:
            await get_application(session, application_id)
        except NotFound:
            application_id = None
    session.add(
        Disclosure(
            application_id=application_id,
            disclosed_at=now,
            subject=caller.subject,
            scope=Scope.OPERATE,
            resource=resource,
        )
    )


def _find_application_id(payload: bytes) -> UUID | None:
    """The application that an event names; None where it names none, or cannot be read."""
    try:
        return UUID(json.loads(payload)["application_id"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
