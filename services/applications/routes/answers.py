"""What the routes need and answer with."""

from typing import Annotated

from fastapi import Depends, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.applications import models, queries
from services.applications.clients import DocumentStore
from services.applications.lifecycle.status import ACTS_NEXT, Status
from services.applications.schemas import (
    ApplicantShown,
    Application,
    Centre,
    Certificate,
    Decision,
    Document,
    Examination,
    QualificationSummary,
)
from services.applications.settings import ApplicationsSettings
from shared.http import etag


def _settings(request: Request) -> ApplicationsSettings:
    settings: ApplicationsSettings = request.app.state.settings
    return settings


def _documents(request: Request) -> DocumentStore:
    store: DocumentStore = request.app.state.documents
    return store


ServiceSettings = Annotated[ApplicationsSettings, Depends(_settings)]
"""The settings of this service."""

Documents = Annotated[DocumentStore, Depends(_documents)]
"""Where the files lie."""


async def answer(session: AsyncSession, row: models.Application, response: Response) -> Application:
    """The application as it stands, with its ETag."""
    response.headers["ETag"] = etag(row.revision)
    dossier = await queries.dossier(session, row)
    status = Status(row.status)
    qualification = dossier.published.qualification
    return Application(
        id=row.id,
        status=status,
        acts_next=ACTS_NEXT.get(status),
        revision=row.revision,
        submitted_at=row.submitted_at,
        qualification=QualificationSummary.model_validate(qualification),
        applicant=ApplicantShown.model_validate(row),
        centre=Centre.model_construct(number=row.centre_number, name=row.centre_name),
        notify_by=row.notify_by,
        documents=[Document.model_validate(document) for document in dossier.documents],
        check=dossier.check(),
        remarks=dossier.review.remarks if dossier.review else None,
        admitted_on=row.admitted_on,
        examination=dossier.examination
        and Examination.model_validate(dossier.examination, from_attributes=True),
        decision=dossier.decision and Decision.model_validate(dossier.decision),
        certificate=dossier.certificate and Certificate.model_validate(dossier.certificate),
    )
