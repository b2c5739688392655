"""Answers of routes with the whole application."""

from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications.access.policy import may_see_identity
from services.applications.application.models import Application
from services.applications.documents.dependencies import get_application_resources
from services.applications.dossier.answers import build_application_answer
from services.applications.dossier.queries import get_dossier
from services.applications.dossier.schemas import ApplicationAnswer
from shared.clock import civil_date
from shared.principal import Principal
from shared.web.conditional import etag
from shared.web.context import RequestContext


async def answer_application(
    session: AsyncSession,
    application: Application,
    response: Response,
    request: Request,
    caller: Principal,
) -> ApplicationAnswer:
    """The application as the caller may see it; sets the response's ETag."""
    response.headers["ETag"] = etag(application.revision)
    resources = get_application_resources(request)
    settings = resources.settings
    today = civil_date(resources.clock.now(), settings.time_zone)
    dossier = await get_dossier(session, application)
    with_identity = may_see_identity(caller)
    return build_application_answer(dossier, settings, today, with_identity=with_identity)


async def answer_step(
    application: Application, request_context: RequestContext, caller: Principal
) -> ApplicationAnswer:
    """The application after a step, as the caller may see it, with its new ETag."""
    return await answer_application(
        request_context.session,
        application,
        request_context.response,
        request_context.request,
        caller,
    )
