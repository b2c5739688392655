"""Problem documents to check."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from shared.schemas import MAX_SENTENCES_CHARACTERS

LIBRARY_WORDS = "Input should|Field required|Extra inputs|String should|Value error|Invalid JSON"
"""How pydantic begins what it says."""


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


def assert_language(errors: Sequence[Mapping[str, Any]], language: str) -> None:
    """The errors in a row are said, each in words of ours, in this language."""
    assert errors
    for error in errors:
        assert bool(re.search("[а-яё]{3}", error["detail"])) is (language == "ru"), error
        assert not re.search(LIBRARY_WORDS, error["detail"]), error
        assert len(error["pointer"]) <= MAX_SENTENCES_CHARACTERS
