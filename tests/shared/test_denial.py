"""Every route of the catalog and of certificates denies a stranger, or says that it is public.

Those of applications are walked in their own folder, with whose application it is.
"""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.catalog import main
from services.catalog.settings import CatalogSettings
from services.certificates import main as certificates_main
from services.certificates.settings import CertificatesSettings
from shared.settings import Settings
from shared.web.guards import AllowPage, AllowWrites, Public, list_route_access
from tests import tokens
from tests.clock import ManualClock
from tests.databases import Databases
from tests.problems import assert_problem
from tests.serving import serving

SOME_ID = "6f2a0f3c-3a58-4b3e-9d57-0f6f6f0c1a01"
NUMBERS = {"number", "dead_id", "letter_id"}
COMMON = {"/health", "/docs", "/openapi", "/openapi.json", "/ru", "/en", "/", "/static"}
PUBLIC = {
    "catalog": {"/v1/exports", "/v1/changes", "/v1/problems", "/problems", "/robots.txt", *COMMON},
    "certificates": {
        *("/v1/verification", "/v1/renewal-info", "/v1/jwks.json", "/renewal", "/verify"),
        *COMMON,
    },
}
"""What may be public; a route beyond these is a mistake."""


@pytest.fixture(params=["catalog", "certificates"])
async def app(
    request: pytest.FixtureRequest, databases: Databases, clock: ManualClock
) -> AsyncIterator[FastAPI]:
    def settings(url: str) -> Settings:
        kind = CatalogSettings if request.param == "catalog" else CertificatesSettings
        return kind(database_url=SecretStr(url))

    async with databases.fresh(settings) as service_settings:
        if isinstance(service_settings, CatalogSettings):
            yield main.create(service_settings, clock)
        else:
            assert isinstance(service_settings, CertificatesSettings)
            yield certificates_main.create(service_settings, clock)


def _address(path: str) -> str:
    parts = path.split("/")
    for place, part in enumerate(parts):
        if part.startswith("{"):
            name = part.strip("{}").split(":")[0]
            parts[place] = "1" if name in NUMBERS else SOME_ID
    return "/".join(parts)


async def test_what_is_not_public_is_denied(app: FastAPI) -> None:
    public = PUBLIC[app.state.resources.settings.service]
    denied = 0
    async with serving(app, headers={}) as client:
        for route in list_route_access(app):
            guard = route.guards[0]
            for method in sorted(route.methods):
                open_to_all = isinstance(guard, Public)
                if isinstance(guard, AllowWrites) and method == "GET":
                    continue
                if open_to_all:
                    assert any(
                        route.path == public_path
                        or route.path.startswith(f"{public_path}/")
                        or route.path.startswith(f"{public_path}.")
                        for public_path in public
                    ), f"{route.path} is public"
                    continue
                if isinstance(guard, AllowPage):
                    await _check_page_denied(client, method, _address(route.path))
                else:
                    await _denied(client, method, _address(route.path))
                denied += 1
    assert denied >= 7


async def _denied(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert_problem(await client.request(method, path), 401, "auth.missing")
    weak = await client.request(method, path, headers=tokens.bearer())
    assert_problem(weak, 403, "auth.scope")


async def _check_page_denied(client: httpx.AsyncClient, method: str, path: str) -> None:
    stranger = await client.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
    weak = await client.request(method, path, headers=tokens.browser())
    assert (stranger.status_code, weak.status_code) == (401, 403), path
    for answer in (stranger, weak):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
