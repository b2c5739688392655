"""What the documents' routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from services.applications.documents.store import DocumentStore


async def _documents(request: Request) -> DocumentStore:
    store: DocumentStore = request.app.state.documents
    return store


Documents = Annotated[DocumentStore, Depends(_documents)]
"""Where the files lie."""
