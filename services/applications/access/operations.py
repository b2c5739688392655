"""The audit log of disclosures: who read whose personal data. Kept when the file is erased."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.models import Disclosure
from services.applications.access.policy import may_reach
from services.applications.application import queries
from shared.db import Database
from shared.errors import NotFound
from shared.principal import Principal, Scope


async def admit_reader(
    database: Database,
    caller: Principal,
    scopes: Sequence[Scope],
    application_id: UUID,
    now: datetime,
    route_path: str | None,
) -> None:
    """Checks that the caller may reach the application, and records what is disclosed to them.

    `route_path` is the route that discloses personal data; None records nothing. The record is
    committed before anything is shown. Raises `NotFound` when the application is not theirs.
    """
    session_context = (
        database.transaction() if route_path is not None else database.read_only_transaction()
    )
    async with session_context as session:
        row = await queries.get_application(session, application_id)
        granting_scopes = [scope for scope in scopes if may_reach(caller, scope, row)]
        if not granting_scopes:
            raise NotFound("application.unknown", f"There is no application {application_id}.")
        if route_path is not None:
            session.add(
                Disclosure(
                    application_id=application_id,
                    disclosed_at=now,
                    subject=caller.subject,
                    scope=granting_scopes[0],
                    resource=route_path,
                )
            )


async def list_disclosures(session: AsyncSession, application_id: UUID) -> Sequence[Disclosure]:
    """The disclosures of an application's personal data, oldest first."""
    query = select(Disclosure).where(Disclosure.application_id == application_id)
    return (await session.exec(query.order_by(col(Disclosure.id)))).all()
