"""A desk for steps that answer with the whole application."""

from typing import Annotated

from fastapi import Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.dependencies import StepContext
from services.applications.access.policy import may_see_identity
from services.applications.application import models
from services.applications.documents.dependencies import get_application_resources
from services.applications.dossier import queries, schemas
from services.applications.dossier.answers import build_application_answer
from shared.clock import civil_date
from shared.principal import Principal
from shared.web.conditional import etag


class DossierWriting(StepContext):
    """The same, for the steps that answer with the whole application."""

    async def shown(self, row: models.Application, caller: Principal) -> schemas.ApplicationAnswer:
        """The application as the caller may see it, with its ETag."""
        return await answer_application(self.session, row, self.response, self.request, caller)


DossierDesk = Annotated[DossierWriting, Depends(DossierWriting, scope="function")]
"""Where a step is taken that answers with the whole application."""


async def answer_application(
    session: AsyncSession,
    application: models.Application,
    response: Response,
    request: Request,
    caller: Principal,
) -> schemas.ApplicationAnswer:
    """The application as the caller may see it; sets the response's ETag."""
    response.headers["ETag"] = etag(application.revision)
    resources = get_application_resources(request)
    settings, now = resources.settings, resources.clock.now()
    today = civil_date(now, settings.time_zone)
    return build_application_answer(
        await queries.get_dossier(session, application),
        settings,
        today,
        with_identity=may_see_identity(caller),
    )
