"""A site of the tests' own, whose people sign in: a public page, and one for a centre's staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import SecretStr

from services.catalog.settings import CatalogSettings
from shared.clock import Clock
from shared.encryption import Keyring
from shared.locale.catalogues import read_languages
from shared.pages.failures import SiteFailures
from shared.pages.sign_in import SignIn
from shared.pages.site import Site
from shared.principal import Principal, Scope
from shared.web.app import create_app
from shared.web.guards import PUBLIC_PAGE, AllowPage
from shared.web.resources import Resources

KEYRING = Keyring(SecretStr("dGhpcnR5LXR3byBieXRlcyBvZiBhIGtleSBoZXJlISE="))
SITE = Site("shared.pages", "", {})
pages = APIRouter()


@pages.get("/verify", dependencies=[Depends(PUBLIC_PAGE)])
async def read_public(request: Request) -> str:
    reader: Principal | None = request.state.reader
    return f"reader: {reader and reader.name}"


@pages.get("/cases/{number}")
async def read_case(
    number: str, caller: Annotated[Principal, Depends(AllowPage(Scope.PROCESS))]
) -> Response:
    return PlainTextResponse(f"{number}: {caller.name}, {caller.centre}")


def create_site(clock: Clock, **values: object) -> FastAPI:
    """The application; `values` are settings."""
    settings = CatalogSettings.model_validate(
        {"database_url": "postgresql://nowhere/nothing", **values}
    )
    languages = read_languages()
    sign_in = SignIn(SITE, KEYRING)
    routers = [
        SITE.build_router(tuple(languages), [sign_in.build_page_router(), pages]),
        sign_in.build_redirect_router(),
    ]
    resources: Resources[CatalogSettings] = Resources.open(settings, clock, languages=languages)
    return create_app(resources, routers, summary="", failure_pages=SiteFailures(SITE))
