"""The documents of an application."""

import unicodedata
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.applications.access.dependencies import Party, Reader, ServiceSettings
from services.applications.application import queries
from services.applications.documents import models, operations
from services.applications.documents import queries as documents_queries
from services.applications.documents import store as documents_store
from services.applications.documents.dependencies import Documents
from services.applications.documents.operations import MATERIAL
from services.applications.documents.schemas import Attached, Document, DownloadLink
from services.applications.settings import ApplicationsSettings
from shared.errors import NotFound, RuleViolation
from shared.events.requirements import Slug
from shared.web.conditional import etag
from shared.web.dependencies import ExpectedVersion, Now, Reading, Transaction
from shared.web.guards import PUBLIC
from shared.web.problems import responses

router = APIRouter(prefix="/v1/applications/{application_id}/documents", tags=["documents"])
downloads = APIRouter(prefix="/v1/downloads", tags=["documents"], dependencies=[Depends(PUBLIC)])
"""Public: the ticket in the address is the permission."""

LONGEST_NAME = 150


@router.post("", status_code=201, summary="Attach a document", responses=responses(404, 409, 412))
async def attach(
    application_id: UUID,
    caller: Party,
    file: UploadFile,
    kind: Annotated[Slug, Form(description="one that the qualification asks for")],
    request: Request,
    session: Transaction,
    now: Now,
    settings: ServiceSettings,
    store: Documents,
    expected: ExpectedVersion,
    response: Response,
    months: Annotated[int | None, Form(ge=1, le=600, description="of experience")] = None,
    field: Annotated[Slug | None, Form(description="of the experience")] = None,
) -> Attached:
    """Stores the file and what it proves; the answer says what is missing still.

    Sending the same file with the same facts again changes nothing and answers the same.
    """
    new = await _received(application_id, kind, file, settings, now)
    new.months, new.field = months, field
    async with request.app.state.database.reading() as look:
        await operations.check_attachable(look, application_id, new)
    new.scan = await request.app.state.antivirus.scan(file)
    if new.scan == "infected":
        raise RuleViolation(
            "document.infected", "The antivirus found something in this file.", field="/file"
        )
    # The file lies in the store before any row names it, and no transaction waits for it.
    await store.put(new.object_key, file)
    document = await operations.attach(session, application_id, new, expected)
    application = await queries.application(session, application_id)
    check = await documents_queries.check_of(session, application)
    response.headers["Location"] = f"/v1/applications/{application_id}/documents/{document.id}"
    response.headers["ETag"] = etag(application.revision)
    return Attached(**Document.model_validate(document).model_dump(), check=check)


@router.delete(
    "/{document_id}",
    status_code=204,
    summary="Take a document back",
    responses=responses(404, 409, 412),
)
async def remove(
    application_id: UUID,
    document_id: UUID,
    caller: Party,
    session: Transaction,
    expected: ExpectedVersion,
    response: Response,
) -> None:
    """While the application is with the applicant or not yet reviewed."""
    application = await operations.remove(session, application_id, document_id, expected)
    response.headers["ETag"] = etag(application.revision)


@router.get(
    "/{document_id}",
    summary="The file",
    response_class=StreamingResponse,
    responses=responses(404),
)
async def read(
    application_id: UUID, document_id: UUID, caller: Reader, session: Reading, store: Documents
) -> StreamingResponse:
    """The file as it was received: always to be saved, never shown by the browser."""
    document = await documents_queries.document(session, application_id, document_id)
    return await _file(document, store)


@router.post(
    "/{document_id}/download-link", summary="A link for a short time", responses=responses(404)
)
async def link(
    application_id: UUID,
    document_id: UUID,
    caller: Reader,
    session: Reading,
    now: Now,
    settings: ServiceSettings,
) -> DownloadLink:
    """Works without a token until it ends, for this file only."""
    document = await documents_queries.document(session, application_id, document_id)
    ticket = settings.keyring.ticket(f"{application_id}/{document.id}", now)
    ends = now + timedelta(seconds=settings.download_seconds)
    return DownloadLink(path=f"/v1/downloads/{ticket}", expires_at=ends)


@downloads.get(
    "/{ticket}",
    summary="The file of a link",
    response_class=StreamingResponse,
    responses=responses(404),
)
async def download(
    ticket: Annotated[str, Path(max_length=500)],
    session: Reading,
    now: Now,
    settings: ServiceSettings,
    store: Documents,
) -> StreamingResponse:
    """As the link's maker could read it."""
    said = settings.keyring.redeem(ticket, settings.download_seconds, now)
    if said is None:
        raise NotFound("download.ended", "This link is not valid, or has ended. Ask for a new one.")
    application_id, document_id = map(UUID, said.split("/"))
    return await _file(
        await documents_queries.document(session, application_id, document_id), store
    )


async def _file(
    document: models.Document, store: documents_store.DocumentStore
) -> StreamingResponse:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.file_name, safe='')}",
        "Content-Length": str(document.size),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    content = await store.get(document.object_key)
    return StreamingResponse(content, media_type="application/octet-stream", headers=headers)


async def _received(
    application_id: UUID, kind: str, file: UploadFile, settings: ApplicationsSettings, now: datetime
) -> models.Document:
    content = await documents_store.fingerprint(file)
    if not 0 < content.size <= settings.upload_limit_bytes:
        raise RuleViolation(
            "document.size",
            f"A document has from 1 to {settings.upload_limit_bytes} bytes. Send another file.",
            field="/file",
        )
    taken = settings.media_types | (settings.material_types if kind == MATERIAL else frozenset())
    if content.media_type not in taken:
        raise RuleViolation(
            "document.media_type",
            f"By its content this is none of: {', '.join(sorted(taken))}. Send it as one of them.",
            field="/file",
            extra={"found": content.media_type},
        )
    return models.Document(
        application_id=application_id,
        kind=kind,
        media_type=content.media_type,
        scan="",
        file_name=_plain_name(file.filename or ""),
        size=content.size,
        sha256=content.sha256,
        object_key=f"{application_id}/{content.sha256}",
        attached_at=now,
    )


def _plain_name(given: str) -> str:
    """The name without folders, control and formatting characters; its ending is kept."""
    name = "".join(c for c in given if not unicodedata.category(c).startswith("C"))
    path = PurePosixPath(" ".join(name.replace("\\", "/").split("/")[-1].split()).strip(". "))
    ending = path.suffix[:20]
    return (path.name[: LONGEST_NAME - len(ending)].removesuffix(ending) + ending) or "document"
