"""What the applications service's process holds besides what every service's does."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from services.applications.documents.antivirus import Antivirus
from services.applications.documents.store import DocumentStore
from services.applications.settings import ApplicationsSettings
from shared.web.resources import Resources, get_resources


@dataclass(frozen=True, kw_only=True)
class ApplicationsResources(Resources[ApplicationsSettings]):
    """The store of documents, and the antivirus that looks at them first."""

    document_store: DocumentStore
    antivirus: Antivirus


def get_application_resources(connection: HTTPConnection) -> ApplicationsResources:
    """What the process that answers this request holds."""
    return cast("ApplicationsResources", get_resources(connection))


async def _get_document_store(request: Request) -> DocumentStore:
    return get_application_resources(request).document_store


DocumentStorage = Annotated[DocumentStore, Depends(_get_document_store)]
"""Where the files lie."""
