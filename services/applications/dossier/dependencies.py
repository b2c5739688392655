"""A desk for steps that answer with the whole application."""

from typing import Annotated

from fastapi import Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.dependencies import Writing
from services.applications.access.policy import sees_identity
from services.applications.application import models
from services.applications.dossier import queries, schemas
from services.applications.dossier.answers import shown
from shared.clock import civil_date
from shared.principal import Principal
from shared.web.conditional import etag


class DossierWriting(Writing):
    """The same, for the steps that answer with the whole application."""

    async def shown(self, row: models.Application, caller: Principal) -> schemas.Application:
        """The application as the caller may see it, with its ETag."""
        return await answer(self.session, row, self.response, self.request, caller)


DossierDesk = Annotated[DossierWriting, Depends(DossierWriting, scope="function")]
"""Where a step is taken that answers with the whole application."""


async def answer(
    session: AsyncSession,
    row: models.Application,
    response: Response,
    request: Request,
    caller: Principal,
) -> schemas.Application:
    """The application as the caller may see it, with its ETag."""
    response.headers["ETag"] = etag(row.revision)
    settings, now = request.app.state.settings, request.app.state.clock.now()
    today = civil_date(now, settings.time_zone)
    return shown(
        await queries.dossier(session, row),
        settings,
        today,
        identity=sees_identity(caller),
    )
