"""What the documents' routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from services.applications.documents.store import DocumentStore


async def _get_document_store(request: Request) -> DocumentStore:
    store: DocumentStore = request.app.state.documents
    return store


DocumentStorage = Annotated[DocumentStore, Depends(_get_document_store)]
"""Where the files lie."""
