"""Habits that a route's declaration shows: every service's routes have them, not those of a trial.

What each habit answers stands in the table of `tests/shared/habits.py`.
"""

from http import HTTPStatus

import pytest

from shared.web.route_table import JSON, ContractTable, RouteContract, find_success_status
from tests.contracts.test_openapi import SERVICES, _applications, _document

MADE = {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


def _list_contracts(service: str) -> list[RouteContract]:
    table = ContractTable(_applications()[service].routes)
    return [contract for contract in table.contracts if contract.is_documented]


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_makes_something_takes_a_key(service: str) -> None:
    keyless_paths = [
        contract.path
        for contract in _list_contracts(service)
        if "POST" in contract.methods
        and find_success_status(contract.context) in MADE
        and not contract.takes_idempotency_key
    ]
    assert keyless_paths == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_read_of_json_says_its_tag_and_304(service: str) -> None:
    paths = _document(service)["paths"]
    untagged_paths = [
        contract.path
        for contract in _list_contracts(service)
        if "GET" in contract.methods
        and JSON in contract.answer_types
        and contract.path.startswith("/v1/")
        and not _says_tag(paths[contract.path.replace(":path}", "}")]["get"]["responses"])
    ]
    assert untagged_paths == []


def _says_tag(responses: dict[str, dict[str, object]]) -> bool:
    headers = responses["200"].get("headers", {})
    return "304" in responses and isinstance(headers, dict) and "ETag" in headers
