"""The migrations make exactly the tables that the models speak of."""

import asyncio
from collections.abc import Callable

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr

from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from services.certificates.settings import CertificatesSettings
from shared.settings import Settings
from tests.databases import Databases


def _catalog(url: str) -> Settings:
    return CatalogSettings(database_url=SecretStr(url))


def _applications(url: str) -> Settings:
    return ApplicationsSettings(database_url=SecretStr(url))


def _certificates(url: str) -> Settings:
    return CertificatesSettings(database_url=SecretStr(url))


@pytest.mark.parametrize("settings", [_catalog, _applications, _certificates])
async def test_models_equal_the_migrated_database_and_a_second_upgrade_is_harmless(
    databases: Databases, settings: Callable[[str], Settings]
) -> None:
    url = await databases.create(settings)
    made = settings(url)
    config = Config("alembic.ini", ini_section=made.service)
    config.attributes["settings"] = made
    await asyncio.to_thread(command.check, config)
    await asyncio.to_thread(command.upgrade, config, "head")
    await databases.drop(url)
