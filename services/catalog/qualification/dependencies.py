"""What routes ask for."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.catalog.settings import CatalogSettings


async def _catalog_settings(request: Request) -> CatalogSettings:
    return cast("CatalogSettings", request.app.state.settings)


ServiceSettings = Annotated[CatalogSettings, Depends(_catalog_settings)]
