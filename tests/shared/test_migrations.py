"""The migrations make exactly the tables that the models speak of."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from deploy.migrations.revisions import UnknownRevision
from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from services.certificates.settings import CertificatesSettings
from shared.schema_floor import find_floor
from shared.settings import Settings
from tests.databases import Databases


def _catalog(url: str) -> Settings:
    return CatalogSettings(database_url=SecretStr(url))


def _applications(url: str) -> Settings:
    return ApplicationsSettings(database_url=SecretStr(url))


def _certificates(url: str) -> Settings:
    return CertificatesSettings(database_url=SecretStr(url))


def _alembic_config(settings: Settings) -> Config:
    config = Config("alembic.ini", ini_section=settings.service)
    config.attributes["settings"] = settings
    return config


async def _set_revision(url: str, revision: str, floor: str | None = None) -> None:
    """Lets the database stand where other code left it, and say which code works with it."""
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    comment = f"'{floor}'" if floor else "NULL"
    await connection.execute(f"COMMENT ON TABLE alembic_version IS {comment}")
    await connection.close()


@pytest.mark.parametrize("settings", [_catalog, _applications, _certificates])
async def test_models_equal_the_migrated_database_and_a_second_upgrade_is_harmless(
    databases: Databases, settings: Callable[[str], Settings]
) -> None:
    url = await databases.create(settings)
    config = _alembic_config(settings(url))
    await asyncio.to_thread(command.check, config)
    await asyncio.to_thread(command.upgrade, config, "head")
    await databases.drop(url)


@pytest.mark.parametrize("settings", [_catalog, _applications, _certificates])
async def test_a_database_that_other_code_made_is_refused_and_left_alone(
    databases: Databases, settings: Callable[[str], Settings]
) -> None:
    url = await databases.create(settings)
    await _set_revision(url, "0003")  # a revision of the form that was never released
    config = _alembic_config(settings(url))
    with pytest.raises(UnknownRevision, match=r"stands at revision 0003(.|\n)*make clean"):
        await asyncio.to_thread(command.upgrade, config, "head")
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "0003"
    await connection.close()
    await databases.drop(url)


async def test_the_command_says_what_to_do_with_a_database_that_other_code_made(
    databases: Databases,
) -> None:
    url = await databases.create(_catalog)
    await _set_revision(url, "0002")
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.migrations", "catalog"],
        env={**os.environ, "ATTESTA_CATALOG_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr.startswith("The database of catalog stands at revision 0002")
    assert "`make clean` removes them, then start again" in process.stderr
    assert "Traceback" not in process.stderr
    await databases.drop(url)


async def test_code_before_an_expansion_leaves_the_database_as_it_is(
    databases: Databases, capfd: pytest.CaptureFixture[str]
) -> None:
    url = await databases.create(_catalog)
    await _set_revision(url, "catalog_0009", floor="catalog_0001")
    await asyncio.to_thread(command.upgrade, _alembic_config(_catalog(url)), "head")
    assert "catalog_0009 of newer code, this works with it" in capfd.readouterr().out
    await databases.drop(url)


async def test_code_before_a_contraction_is_refused(databases: Databases) -> None:
    url = await databases.create(_catalog)
    await _set_revision(url, "catalog_0009", floor="catalog_0008")
    with pytest.raises(UnknownRevision, match="stands at revision catalog_0009"):
        await asyncio.to_thread(command.upgrade, _alembic_config(_catalog(url)), "head")
    await databases.drop(url)


def test_the_floor_is_that_of_the_newest_revision_that_names_one(tmp_path: Path) -> None:
    floors = [None, None, "0002", None]
    for number, floor in enumerate(floors, start=1):
        before = f'"{number - 1:04}"' if number > 1 else None
        text = f'revision, down_revision = "{number:04}", {before}\n'
        text += f'oldest_code = "{floor}"\n' if floor else ""
        (tmp_path / f"{number:04}.py").write_text(text)
    scripts = ScriptDirectory(str(tmp_path), version_locations=[str(tmp_path)])
    revisions = ["0001", "0002", "0003", "0004"]
    assert [find_floor(scripts, revision) for revision in revisions] == [
        "0001",
        "0001",
        "0002",
        "0002",
    ]
