"""Problem documents to check."""

from typing import Any

import httpx


def assert_problem(
    response: httpx.Response, status: int, rule: str, pointer: str | None = None
) -> dict[str, Any]:
    """Checks that the answer is a problem document of this rule, naming this field."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    rules = {document["rule"], *(fault["rule"] for fault in document["errors"])}
    assert rule in rules, document
    assert document["status"] == status
    assert document["detail"]
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in document["errors"]}, document
    return document
