"""What holds the answers of all tests to the documents finds whatever is otherwise."""

from functools import cache

import httpx
import pytest

from deploy.clients.documents import create_applications
from shared.ndjson import MEDIA_TYPE
from shared.web.route_table import ContractTable, RouteContract
from tests.contracts.observed import Document

PAGE = "/v1/qualifications"
LINES = "/v1/exports/qualifications.ndjson"
ETAG = {"ETag": '"1"'}
LINES_HEADERS = {**ETAG, "Content-Type": MEDIA_TYPE}
WRONG_ANSWERS = {
    "a status": (PAGE, httpx.Response(418, json={})),
    "a header that is missing": (PAGE, httpx.Response(200, json={"items": [], "next": None})),
    "a member of another type": (PAGE, httpx.Response(200, json={"items": 7}, headers=ETAG)),
    "a problem without a rule": (
        PAGE,
        httpx.Response(400, json={}, headers={"Content-Type": "application/problem+json"}),
    ),
    "a line": (LINES, httpx.Response(200, text='{"count": "x"}\n', headers=LINES_HEADERS)),
}


@cache
def _catalog() -> tuple[Document, ContractTable]:
    app = create_applications()["catalog"]
    return Document(app), ContractTable(app.routes)


def _find_faults(path: str, answer: httpx.Response) -> list[str]:
    document, table = _catalog()
    route: RouteContract = next(item for item in table.find_routes(path) if "GET" in item.methods)
    return list(document.find_faults(route, "GET", answer))


def test_an_answer_as_documented_has_no_fault() -> None:
    answer = httpx.Response(200, json={"items": [], "next": None}, headers=ETAG)
    assert _find_faults(PAGE, answer) == []


@pytest.mark.parametrize(("path", "answer"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_an_answer_otherwise_than_documented_has_a_fault(path: str, answer: httpx.Response) -> None:
    assert _find_faults(path, answer)
