"""The documents of the published language are what its classes say."""

import json
from typing import Any

from shared.events import document


def test_both_documents_are_fresh() -> None:
    held = json.loads((document.DOCS_FOLDER / "asyncapi.json").read_text())
    assert held == document.build_asyncapi(), "run: python -m shared.events.document"
    assert (document.DOCS_FOLDER / "events.md").read_text() == document.build_markdown()


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    whole = document.build_asyncapi()

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for each in part.values() for found in references(each)]
        return (
            [found for each in part for found in references(each)] if isinstance(part, list) else []
        )

    found = references(whole)
    assert found
    for reference in found:
        place: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
