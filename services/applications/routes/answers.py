"""What the routes need and answer with."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications import models
from services.applications.clients import DocumentStore
from services.applications.queries import dossiers
from services.applications.queries.access import sees_identity
from services.applications.queries.answers import shown
from services.applications.schemas import answers
from services.applications.settings import ApplicationsSettings
from shared.auth import Principal
from shared.clock import civil_date
from shared.http import ExpectedVersion, Now, RequestBody, Transaction, etag

Body = TypeVar("Body", bound=RequestBody)


async def _settings(request: Request) -> ApplicationsSettings:
    settings: ApplicationsSettings = request.app.state.settings
    return settings


async def _documents(request: Request) -> DocumentStore:
    store: DocumentStore = request.app.state.documents
    return store


ServiceSettings = Annotated[ApplicationsSettings, Depends(_settings)]
"""The settings of this service."""

Documents = Annotated[DocumentStore, Depends(_documents)]
"""Where the files lie."""


def signed(body: Body, caller: Principal) -> Body:
    """The body with the caller as who acts, where it names nobody."""
    if getattr(body, "actor", None) is not None:
        return body
    return body.model_copy(update={"actor": caller.subject})


@dataclass(frozen=True, slots=True)
class Writing:
    """What every step needs: the transaction, the version that the caller saw, time, settings."""

    session: Transaction
    expected: ExpectedVersion
    now: Now
    settings: ServiceSettings
    request: Request
    response: Response


Desk = Annotated[Writing, Depends(Writing, scope="function")]
"""Where a step is taken."""


class DossierWriting(Writing):
    """The same, for the steps that answer with the whole application."""

    async def shown(self, row: models.Application, caller: Principal) -> answers.Application:
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
) -> answers.Application:
    """The application as the caller may see it, with its ETag."""
    response.headers["ETag"] = etag(row.revision)
    settings, now = request.app.state.settings, request.app.state.clock.now()
    today = civil_date(now, settings.time_zone)
    return shown(
        await dossiers.dossier(session, row),
        settings,
        today,
        identity=sees_identity(caller),
    )
