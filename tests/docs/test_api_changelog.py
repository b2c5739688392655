"""The changelog of the API names operations that there are, and as former ones none of these."""

import re
from pathlib import Path

from shared.metrics.registry import VERSION
from tests.contracts.test_openapi import SERVICES, _document
from tests.docs.pages import read_page

PAGE = Path("docs/api-changelog.md")
METHODS = {"get", "post", "put", "patch", "delete"}
_OPERATION = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`")
_PARAMETER = re.compile(r"\{[^}]*\}")
_ROW = re.compile(
    r"^\| (`(?:POST|GET|PUT|PATCH|DELETE)[^|]*) \| (`[A-Z]+ /[^|]*) \|$", re.MULTILINE
)


def _normalize(operation: str) -> str:
    return _PARAMETER.sub("{}", operation)


def _list_served() -> dict[str, bool]:
    """Every operation of all services, and whether it is marked as one that will end."""
    return {
        _normalize(f"{method.upper()} {path}"): declaration.get("deprecated", False)
        for service in SERVICES
        for path, item in _document(service)["paths"].items()
        for method, declaration in item.items()
        if method in METHODS
    }


def test_what_is_named_is_served_and_what_was_is_not() -> None:
    page, served = read_page(PAGE), _list_served()
    former = {operation for was, _ in _ROW.findall(page) for operation in _OPERATION.findall(was)}
    assert len(former) > 20
    named = set(_OPERATION.findall(page)) - former
    assert [operation for operation in sorted(named) if _normalize(operation) not in served] == []
    assert [operation for operation in sorted(former) if _normalize(operation) in served] == []


def test_what_will_end_is_told() -> None:
    named = {_normalize(operation) for operation in _OPERATION.findall(read_page(PAGE))}
    ending = {operation for operation, is_ending in _list_served().items() if is_ending}
    assert ending - named == set()


def test_the_newest_version_stands_first() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", read_page(PAGE), re.MULTILINE)
    assert versions[0] == VERSION
