"""The failures of the three services' own pages, on all of their addresses, are pages, too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.applications import main as applications_main
from services.applications.settings import ApplicationsSettings
from services.catalog import main as catalog_main
from services.catalog.settings import CatalogSettings
from services.certificates import main as certificates_main
from services.certificates.settings import CertificatesSettings
from shared.principal import Scope
from shared.settings import Settings
from tests import tokens
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving
from tests.shared.pages.failing_site import LANGUAGES, read_any_page, read_page
from tests.words import list_codes, list_foreign_sentences

SERVICES = ("catalog", "applications", "certificates")
NO_DATABASE = "postgresql://attesta@127.0.0.1:9/attesta"
PATH_TEXTS = {"number": "26-000118", "path": "nowhere/at-all"}
TICKED_LISTS = ("/set-aside", "/operations/applications/letters")
"""Where these addresses end, rows are ticked, and no words are typed."""
SOME_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"
STAFF_COOKIE = "attesta_session=" + tokens.token(
    Scope.PROCESS, Scope.OPERATE, centre=tokens.CENTRE, name="И. Котова"
)
OWN_SITE = {"Sec-Fetch-Site": "same-origin"}
READERS = {
    "nobody": {},
    "staff": {"Cookie": STAFF_COOKIE},
    "bad cookie": {"Cookie": "attesta_session=x.y.z"},
}


def _settings(service: str, url: str, folder: Path) -> Settings:
    if service == "catalog":
        return CatalogSettings(database_url=SecretStr(url))
    if service == "certificates":
        return CertificatesSettings(database_url=SecretStr(url))
    documents = (folder / "documents").as_uri()
    return ApplicationsSettings(database_url=SecretStr(url), documents_url=documents)


def _create(settings: Settings, clock: ManualClock) -> FastAPI:
    if isinstance(settings, CatalogSettings):
        return catalog_main.create(settings, clock)
    if isinstance(settings, CertificatesSettings):
        return certificates_main.create(settings, clock)
    assert isinstance(settings, ApplicationsSettings)
    return applications_main.create(settings, clock)


def _list_addresses(app: FastAPI, method: str) -> list[str]:
    """An address of every page that answers to this method, in Russian."""
    paths = {
        route.path
        for route in iter_route_contexts(app.routes)
        if route.path and route.path.startswith("/ru") and method in (route.methods or ())
    }
    return sorted("/".join(_fill_in(part) for part in path.split("/")) for path in paths)


def _fill_in(part: str) -> str:
    name = part.strip("{}").partition(":")[0]
    return PATH_TEXTS.get(name, SOME_ID) if part.startswith("{") else part


@asynccontextmanager
async def _serving_without_database(
    service: str, folder: Path, clock: ManualClock
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = _create(_settings(service, NO_DATABASE, folder), clock)
    async with serving(app, {}) as client:
        yield app, client


@pytest.fixture(params=SERVICES)
async def site(
    request: pytest.FixtureRequest, databases: Databases, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """Each service, with its database."""
    async with databases.fresh(lambda url: _settings(request.param, url, tmp_path)) as settings:
        app = _create(settings, clock)
        async with serving(app, {}) as client:
            yield app, client


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("service", SERVICES)
async def test_without_the_database_every_page_says_so(
    service: str, reader: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with _serving_without_database(service, tmp_path, clock) as (app, client):
        statuses = set()
        for address in _list_addresses(app, "GET"):
            response = await client.get(address, headers=READERS[reader])
            statuses.add(response.status_code)
            if response.status_code >= 400:
                assert response.status_code in {401, 403, 404, 422, 503}, address
                read_any_page(response, "ru")
            if response.status_code == 503:
                page = read_page(response, 503, "ru")
                assert list_foreign_sentences(response.text, "ru", {"И", "Котова"}) == []
                assert list_codes(response.text) == []
                assert page.headings == ["Временно недоступно"]
                assert address in page.links
    assert 503 in statuses or (service, reader) != ("applications", "staff")


async def test_forms_sent_in_vain_come_back_filled_in(
    service_without_database: tuple[FastAPI, httpx.AsyncClient],
) -> None:
    app, client = service_without_database
    for address in _list_addresses(app, "POST"):
        response = await client.post(
            address,
            data={"reason": "Не пропало <b>"},
            headers={**OWN_SITE, "Cookie": STAFF_COOKIE},
        )
        if response.status_code >= 400:
            page = read_any_page(response, "ru")
            assert response.status_code in {403, 404, 422, 503}, (address, response.status_code)
            if address.endswith(TICKED_LISTS) and response.status_code == 422:
                continue
            assert "Не пропало <b>" in page.text
            assert response.status_code != 503 or page.find_form(address).fields == [
                ("reason", "Не пропало <b>")
            ]


@pytest.fixture(params=SERVICES)
async def service_without_database(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """Each service, whose database cannot be reached."""
    async with _serving_without_database(request.param, tmp_path, clock) as served_site:
        yield served_site


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_unknown_addresses_wrong_methods_and_broken_requests_are_pages(
    site: tuple[FastAPI, httpx.AsyncClient], language: str, reader: str
) -> None:
    app, client = site
    headers = READERS[reader]
    for address in (f"/{language}/nowhere", f"/{language}/nowhere/%D1%8F%ff/"):
        page = read_page(await client.get(address, headers=headers), 404, language)
        assert ("И. Котова" in page.text) == (reader == "staff")
    for address in _list_addresses(app, "GET"):
        own_address = address.replace("/ru", f"/{language}", 1)
        response = await client.delete(own_address, headers={**headers, **OWN_SITE})
        page = read_page(response, 405, language)
        assert list_foreign_sentences(response.text, language, {"И", "Котова"}) == []
        assert own_address in page.links, own_address
    read_page(await client.get(f"/{language}/a%00", headers=headers), 400, language)
    large_headers = {**headers, **OWN_SITE, "Content-Length": "999999999"}
    response = await client.post(f"/{language}/theme", content=b"theme=", headers=large_headers)
    read_page(response, 413, language)


async def test_every_fault_of_an_address_is_said_in_words(
    site: tuple[FastAPI, httpx.AsyncClient],
) -> None:
    app, client = site
    for route in iter_route_contexts(app.routes):
        if not (route.path or "").startswith("/ru") or "GET" not in (route.methods or ()):
            continue
        address = "/".join(_fill_in(part) for part in (route.path or "").split("/"))
        for parameter in route.dependant.query_params:
            query = {parameter.alias: "x" * 5000}
            response = await client.get(address, params=query, headers={"Cookie": STAFF_COOKIE})
            assert response.status_code < 500, (address, parameter.alias)
            if response.status_code == 422:
                page = read_any_page(response, "ru")
                assert parameter.alias not in page.text.rpartition("Это не удалось принять")[2]


ODD_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = ("number", "issued_on", "at", "on", "level", "cursor", "q", "tab", "page", "status")


@hypothesis_settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    data=st.data(),
    query=st.lists(st.tuples(st.sampled_from(NAMES), ODD_TEXT), max_size=4),
    reader=st.sampled_from(list(READERS)),
)
async def test_no_question_of_any_kind_is_a_defect(
    site: tuple[FastAPI, httpx.AsyncClient],
    data: st.DataObject,
    query: list[tuple[str, str]],
    reader: str,
) -> None:
    app, client = site
    address = data.draw(st.sampled_from(_list_addresses(app, "GET")))
    response = await client.get(f"{address}?{urlencode(query)}", headers=READERS[reader])
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        read_any_page(response, "ru")
