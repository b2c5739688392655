"""The record of disclosures: who read whose personal data. Kept when the file is erased."""

from collections.abc import Sequence
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
