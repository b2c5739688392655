"""The documents of an application: attach, remove, download."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Path, Request, UploadFile
from pydantic_core import to_json

from services.applications.access.dependencies import Party, Reader, ServiceSettings
from services.applications.application.queries import get_application
from services.applications.application.values import ApplicationId, DocumentId
from services.applications.documents import operations
from services.applications.documents.dependencies import (
    ApplicationsResources,
    DocumentStorage,
    get_application_resources,
)
from services.applications.documents.models import Document
from services.applications.documents.queries import check_application_documents, get_document
from services.applications.documents.rules import MATERIAL_KIND
from services.applications.documents.schemas import (
    AttachedDocumentAnswer,
    DocumentAnswer,
    DownloadLinkAnswer,
)
from services.applications.documents.store import DocumentStore, fingerprint_upload
from services.applications.settings import ApplicationsSettings
from shared.errors import NotFound, RuleViolation
from shared.events.requirements import Slug
from shared.idempotency import create_once
from shared.web.conditional import etag
from shared.web.contents import BINARY_TYPE, FileStream, add_headers, describe_file
from shared.web.context import CommandRequest
from shared.web.dependencies import IdempotencyKey, Now, ReadOnlyTransaction
from shared.web.guards import PUBLIC
from shared.web.problem_documents import problem_responses

router = APIRouter(prefix="/v1/applications/{application_id}/documents", tags=["documents"])
downloads = APIRouter(prefix="/v1/downloads", tags=["documents"], dependencies=[Depends(PUBLIC)])
"""Public: the ticket in the address is the permission."""

MAX_FILE_NAME_LENGTH = 150


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The form that attaches a document: its file, and what it proves."""

    file: Annotated[
        UploadFile,
        File(
            description="the file, of a media type that the settings allow",
            json_schema_extra={"format": "binary", "examples": ["…"]},
        ),
    ]
    kind: Annotated[
        Slug,
        Form(
            description="kind of the document, one that the qualification asks for",
            examples=["education_secondary_general"],
        ),
    ]
    months: Annotated[
        int | None, Form(ge=1, le=600, description="months of experience that it proves")
    ] = None
    field: Annotated[
        Slug | None,
        Form(description="field of the experience", examples=["road_construction"]),
    ] = None


@router.post(
    "", status_code=201, summary="Attach a document", responses=problem_responses(404, 409, 412)
)
async def attach_document(
    application_id: ApplicationId,
    caller: Party,
    form: Annotated[DocumentForm, Depends()],
    request_context: CommandRequest,
    key: IdempotencyKey = None,
) -> AttachedDocumentAnswer:
    """Stores the file and what it proves; the answer says which documents are still missing.

    Sending the same file with the same facts again changes nothing and answers the same.
    """
    context = request_context.command_context(caller.subject)
    resources = get_application_resources(request_context.request)
    received_document = await receive_upload(resources, context.now, application_id, form)

    async def attach() -> UUID:
        return (await operations.attach_document(context, application_id, received_document)).id

    facts = (received_document.kind, received_document.months, received_document.field)
    content = to_json([*facts, received_document.sha256])
    operation = f"document:{application_id}"
    document_id = await create_once(context.session, operation, key, content, attach)
    document = await get_document(context.session, application_id, document_id)
    application = await get_application(context.session, application_id)
    check = await check_application_documents(context.session, application)
    headers = request_context.response.headers
    headers["Location"] = f"/v1/applications/{application_id}/documents/{document.id}"
    headers["ETag"] = etag(application.revision)
    return AttachedDocumentAnswer(
        **DocumentAnswer.model_validate(document).model_dump(), check=check
    )


async def receive_upload(
    resources: ApplicationsResources, now: datetime, application_id: UUID, form: DocumentForm
) -> Document:
    """Checks a received file and stores it; the row that names it is not added yet.

    So the file lies in the store before any row names it, and no transaction waits for it. Raises
    `NotFound`, `IllegalTransition`, `RuleViolation`.
    """
    document = await _describe_upload(resources.settings, now, application_id, form)
    async with resources.database.read_only_transaction() as session:
        await operations.check_attachable(session, application_id, document)
    document.scan = await resources.antivirus.scan(form.file)
    if document.scan == "infected":
        raise RuleViolation(
            "document.infected", "The antivirus found something in this file.", field="/file"
        )
    await resources.document_store.save(document.object_key, form.file)
    return document


@router.delete(
    "/{document_id}",
    status_code=204,
    summary="Take a document back",
    responses={204: add_headers("ETag"), **problem_responses(404, 409, 412)},
)
async def remove_document(
    application_id: ApplicationId,
    document_id: DocumentId,
    caller: Party,
    request_context: CommandRequest,
) -> None:
    """Possible while the application is with the applicant or not yet reviewed."""
    context = request_context.command_context(caller.subject)
    application = await operations.remove_document(context, application_id, document_id)
    request_context.response.headers["ETag"] = etag(application.revision)


@router.get(
    "/{document_id}",
    summary="The file",
    response_class=FileStream,
    responses={200: describe_file(BINARY_TYPE), **problem_responses(404)},
)
async def get_document_file(
    application_id: ApplicationId,
    document_id: DocumentId,
    caller: Reader,
    session: ReadOnlyTransaction,
    store: DocumentStorage,
) -> FileStream:
    """The file as it was received, always as an attachment: the browser never displays it."""
    document = await get_document(session, application_id, document_id)
    return await _stream_file(document, store)


@router.post(
    "/{document_id}/download-links",
    summary="A link for a short time",
    responses=problem_responses(404),
)
async def create_download_link(
    application_id: ApplicationId,
    document_id: DocumentId,
    caller: Reader,
    session: ReadOnlyTransaction,
    request: Request,
) -> DownloadLinkAnswer:
    """The link works without a token until it expires, for this file only."""
    document = await get_document(session, application_id, document_id)
    return build_download_link(document, get_application_resources(request))


def build_download_link(document: Document, resources: ApplicationsResources) -> DownloadLinkAnswer:
    """A link to the document's file that works from now until it expires."""
    now, settings = resources.clock.now(), resources.settings
    ticket = settings.keyring.issue_ticket(f"{document.application_id}/{document.id}", now)
    expires_at = now + timedelta(seconds=settings.download_seconds)
    return DownloadLinkAnswer(path=f"/v1/downloads/{ticket}", expires_at=expires_at)


@downloads.get(
    "/{ticket}",
    summary="The file of a link",
    response_class=FileStream,
    responses={200: describe_file(BINARY_TYPE), **problem_responses(404)},
)
async def download_file(
    ticket: Annotated[str, Path(max_length=500, description="ticket of the link")],
    session: ReadOnlyTransaction,
    now: Now,
    settings: ServiceSettings,
    store: DocumentStorage,
) -> FileStream:
    """The file of a download link, as the person who made the link could read it."""
    ticket_text = settings.keyring.redeem_ticket(ticket, settings.download_seconds, now)
    if ticket_text is None:
        raise NotFound("download.ended", "This link is not valid, or has ended. Ask for a new one.")
    application_id, document_id = map(UUID, ticket_text.split("/"))
    return await _stream_file(await get_document(session, application_id, document_id), store)


async def _stream_file(document: Document, store: DocumentStore) -> FileStream:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.file_name, safe='')}",
        "Content-Length": str(document.size),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    content = await store.get(document.object_key)
    return FileStream(content, headers=headers)


async def _describe_upload(
    settings: ApplicationsSettings, now: datetime, application_id: UUID, form: DocumentForm
) -> Document:
    """The row for a received file, not yet scanned or stored. Raises `RuleViolation`."""
    fingerprint = await fingerprint_upload(form.file)
    if not 0 < fingerprint.size <= settings.upload_limit_bytes:
        raise RuleViolation(
            "document.size",
            f"A document has from 1 to {settings.upload_limit_bytes} bytes. Send another file.",
            field="/file",
            values={"megabytes": settings.upload_limit_bytes // 2**20},
        )
    accepted_types = settings.media_types | (
        settings.material_types if form.kind == MATERIAL_KIND else frozenset()
    )
    if fingerprint.media_type not in accepted_types:
        raise RuleViolation(
            "document.media_type",
            f"By its content this is none of: {', '.join(sorted(accepted_types))}. Send it as one "
            "of them.",
            field="/file",
            extra={"found": fingerprint.media_type},
        )
    return Document(
        application_id=application_id,
        kind=form.kind,
        months=form.months,
        field=form.field,
        media_type=fingerprint.media_type,
        scan="",
        file_name=_clean_file_name(form.file.filename or ""),
        size=fingerprint.size,
        sha256=fingerprint.sha256,
        object_key=f"{application_id}/{fingerprint.sha256}",
        attached_at=now,
    )


def _clean_file_name(file_name: str) -> str:
    """The name without folders, control and formatting characters; its suffix is kept."""
    name = "".join(
        character for character in file_name if not unicodedata.category(character).startswith("C")
    )
    path = PurePosixPath(" ".join(name.replace("\\", "/").split("/")[-1].split()).strip(". "))
    suffix = path.suffix[:20]
    return (
        path.name[: MAX_FILE_NAME_LENGTH - len(suffix)].removesuffix(suffix) + suffix
    ) or "document"
