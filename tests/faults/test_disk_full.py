"""A full disk: each answer is a success that lasts, or a 503; all goes on when space returns."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from deploy.local import postgres
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.disks import filled_disk, small_disk
from tests.faults.test_database_crash import build_draft
from tests.messaging.sample_events import rows
from tests.problems import assert_problem
from tests.serving import serving

SMALL_LOG = {"min_wal_size": "32MB", "max_wal_size": "32MB"}


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), database_pool_size=4)


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of its own for a server with one database."""
    with small_disk(tmp_path_factory.mktemp("disk"), 200) as disk:
        yield disk


@pytest.fixture
async def settings(disk: Path) -> AsyncIterator[CatalogSettings]:
    """A catalog on a server of its own, on the small disk."""
    with postgres.temporary_server(disk, options=SMALL_LOG) as server_url:
        yield _settings(await Databases(server_url, "own").create(_settings))


async def test_a_full_disk_of_the_database_refuses_and_loses_nothing(
    disk: Path, settings: CatalogSettings
) -> None:
    answers: list[httpx.Response] = []

    async with serving(create(settings)) as client:

        async def create_draft() -> httpx.Response:
            draft = build_draft(f"draft {len(answers)}")
            answers.append(await client.post("/v1/qualifications", json=draft))
            return answers[-1]

        async def is_created() -> bool:
            return (await create_draft()).status_code == 201

        async def is_refused() -> bool:
            return (await create_draft()).status_code == 503

        await eventually(is_created, "a draft")
        with filled_disk(disk):
            await eventually(is_refused, "the full disk to be felt")
            assert (await client.get("/v1/qualifications")).status_code == 200, "reading goes on"
        await eventually(is_created, "a draft when there is space again")
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 503, "service.unavailable")
    database = Database.connect(settings)
    lasting_names = {
        row.name for row in await rows(database, "SELECT name FROM qualification_version")
    }
    await database.close()
    created_names = {answer.json()["name"] for answer in answers if answer.status_code == 201}
    assert created_names == lasting_names, "what was refused must not stand, what was answered must"
