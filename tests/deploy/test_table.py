"""The table of addresses fits the services: every route is reached, and no prefix leads nowhere."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.gateway.nginx import (
    CONFIGURATION_FILE,
    TLS_CONFIGURATION_FILE,
    build_configuration,
)
from deploy.gateway.table import IDENTIFIER, LANGUAGE, TABLE_FILE, Route, RouteTable, split_path
from deploy.gateway.unavailable import UnavailablePages
from services.applications import main as applications_main
from services.applications.settings import ApplicationsSettings
from services.catalog import main as catalog_main
from services.catalog.settings import CatalogSettings
from services.certificates import main as certificates_main
from services.certificates.settings import CertificatesSettings
from shared.locale.catalogues import read_languages
from shared.web.guards import list_route_access

TABLE = RouteTable.read()
CLOSED = ("/health", "/ops", "/metrics")
SHARED_BY_ALL = {"/", "/{language}/theme", "/{language}/{path:path}", "/docs", "/openapi.json"}
"""Every service answers these in the same way on its own port; behind the gateway one does."""
STAND_IN = "/{language}/operations"
AWAITED = {"/c", "/{language}/find", "/{language}/about"}
"""Prefixes whose pages are still to come: until then the page of unknown addresses answers."""
URL = SecretStr("postgresql:///nobody-connects")


@cache
def _app(service: str) -> FastAPI:
    if service == "catalog":
        return catalog_main.create(CatalogSettings(database_url=URL))
    if service == "applications":
        return applications_main.create(ApplicationsSettings(database_url=URL))
    return certificates_main.create(CertificatesSettings(database_url=URL))


def _iter_paths(service: str) -> Iterator[str]:
    """The paths of a service's own routes, with `{language}` for each language."""
    languages = "|".join(read_languages())
    for route in list_route_access(_app(service)):
        path = route.path.replace("/static/{service}", f"/static/{service}")
        path = re.sub(rf"^/({languages})(?=/|$)", f"/{LANGUAGE}", path)
        if path not in SHARED_BY_ALL:
            yield path


def _is_closed(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in CLOSED)


def _fill_path(path: str, language: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "sample", path.replace(LANGUAGE, language))


@pytest.mark.parametrize("service", TABLE.services)
def test_every_route_is_reached_at_its_own_service(service: str) -> None:
    paths = set(_iter_paths(service))
    assert len(paths) > 20
    lost_paths = {
        path: found_service
        for path in paths
        for language in read_languages()
        if not _is_closed(path)
        and service not in TABLE.list_stand_ins(_fill_path(path, language))
        and (found_service := TABLE.find_service(_fill_path(path, language))) != service
    }
    assert lost_paths == {}


@pytest.mark.parametrize("service", TABLE.services)
def test_what_is_for_operators_is_reached_at_no_service(service: str) -> None:
    closed_paths = [path for path in _iter_paths(service) if _is_closed(path)]
    assert len(closed_paths) >= 6
    assert {TABLE.find_service(_fill_path(path, "ru")) for path in closed_paths} == {None}


def _name_ids(path: str) -> str:
    """The path with its parameters as the table writes them."""
    return re.sub(r"\{(?!language\})\w+\}", IDENTIFIER, path)


def test_stand_ins_answer_one_address_and_none_below_it() -> None:
    assert TABLE.list_stand_ins("/en/operations") == ("applications", "catalog")
    for path in ("/en/operations/", "/en/operations/notices", "/operations", "/ru", "/"):
        assert TABLE.list_stand_ins(path) == ()
    for service in ("certificates", *TABLE.list_stand_ins("/ru/operations")):
        assert STAND_IN in set(_iter_paths(service)), "it has the page"


def _prefix(route: Route) -> str:
    return f"/{'/'.join(route.segments)}"


def test_no_prefix_leads_nowhere() -> None:
    dead_prefixes = {
        _prefix(route)
        for route in TABLE.routes
        if route.service is not None and route.segments not in {(), (LANGUAGE,)}
        if not any(
            split_path(_name_ids(path))[: len(route.segments)] == route.segments
            for path in [*_iter_paths(route.service), *_shared_paths(route.service)]
        )
    }
    assert dead_prefixes <= AWAITED


def _shared_paths(service: str) -> list[str]:
    """Those of all services, and what FastAPI adds without a guard of ours."""
    own_documents = {route.path for route in _app(service).routes if hasattr(route, "path")}
    return [f"/{LANGUAGE}/theme", *sorted(own_documents)]


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "catalog"),
        ("/ru", "catalog"),
        ("/sr-Latn/verify", "certificates"),
        ("/ru/verify/07.01000.01.00000001.29/2026-11-25", "certificates"),
        ("/ru/verifying", "catalog"),
        ("/ru/verify2", "catalog"),
        ("/russian/verify", "catalog"),
        ("/RU/verify", "catalog"),
        ("/ru//verify", "catalog"),
        ("/ru/nothing", "catalog"),
        ("/v1", "catalog"),
        ("/v1/qualifications/1", "catalog"),
        ("/v1/qualifications/1/versions", "catalog"),
        ("/v1/qualifications/1/renewal-capacity", "certificates"),
        ("/v1/qualifications/1/renewal-capacity2", "catalog"),
        ("/v1/qualifications/1/2/renewal-capacity", "catalog"),
        ("/v1/applications", "applications"),
        ("/v1/application-groups/1", "applications"),
        ("/v1/applications-and-more", "catalog"),
        ("/opsis", "catalog"),
        ("/ops", None),
        ("/ops/", None),
        ("/health/ready", None),
        ("", "catalog"),
        ("//ops/outbox", "catalog"),
    ],
)
def test_the_longest_prefix_of_whole_segments_wins(path: str, service: str | None) -> None:
    assert TABLE.find_service(path) == service


@pytest.mark.parametrize(
    ("services", "closed_prefixes", "problem"),
    [
        ({"catalog": ["/", "/a"], "applications": ["/a"]}, [], "/a stands there twice"),
        ({"catalog": ["/", "/ops"]}, ["/ops"], "/ops stands there twice"),
        ({"catalog": ["/a"]}, [], "no service has /"),
        ({"catalog": ["/", "/a/"]}, [], "should match pattern"),
        ({"catalog": ["/", "/{name}/a"]}, [], "should match pattern"),
        ({"catalog": ["/", STAND_IN]}, [], "no service nobody"),
    ],
)
def test_a_table_that_says_no_one_thing_is_refused(
    tmp_path: Path, services: dict[str, list[str]], closed_prefixes: list[str], problem: str
) -> None:
    path = tmp_path / TABLE_FILE.name
    stand_ins = {STAND_IN: ["catalog", "nobody"]}
    content = {"services": services, "closed_prefixes": closed_prefixes, "stand_ins": stand_ins}
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=problem):
        RouteTable.read(path)


def test_the_configuration_of_nginx_is_fresh() -> None:
    pages, hint = UnavailablePages.read(), "run: python -m deploy.gateway"
    assert CONFIGURATION_FILE.read_text() == build_configuration(TABLE, pages), hint
    assert TLS_CONFIGURATION_FILE.read_text() == build_configuration(TABLE, pages, tls=True), hint
