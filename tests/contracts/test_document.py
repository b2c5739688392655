"""The documents of the published language are what its classes say."""

import json
from typing import Any

from shared.events import document


def test_both_documents_are_fresh() -> None:
    stored_document = json.loads((document.DOCS_FOLDER / "asyncapi.json").read_text())
    assert stored_document == document.build_asyncapi(), "run: python -m shared.events.document"
    assert (document.DOCS_FOLDER / "events.md").read_text() == document.build_markdown()


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    asyncapi_document = document.build_asyncapi()

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [pointer for child in part.values() for pointer in references(child)]
        return (
            [pointer for child in part for pointer in references(child)]
            if isinstance(part, list)
            else []
        )

    pointers = references(asyncapi_document)
    assert pointers
    for reference in pointers:
        place: Any = asyncapi_document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
