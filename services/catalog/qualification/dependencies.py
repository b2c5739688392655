"""What the catalog's process holds besides what every service's does, and what routes ask for."""

from dataclasses import dataclass
from typing import Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from services.catalog.settings import CatalogSettings
from shared.web.resources import Resources, get_resources


@dataclass(frozen=True, kw_only=True)
class CatalogResources(Resources[CatalogSettings]):
    """How many uploaded tables are read at once, each in a thread."""

    table_readers: CapacityLimiter


def get_catalog_resources(connection: HTTPConnection) -> CatalogResources:
    """What the process that answers this request holds."""
    return cast("CatalogResources", get_resources(connection))


async def _get_settings(request: Request) -> CatalogSettings:
    return get_catalog_resources(request).settings


ServiceSettings = Annotated[CatalogSettings, Depends(_get_settings)]
"""The settings of this service."""
