"""PostgreSQL crashes under load: every answer is a success that lasts, or a 503."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from deploy.local import postgres
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database
from tests.conditions import eventually
from tests.databases import Databases
from tests.faults.crashes import crash
from tests.messaging.sample_events import rows
from tests.problems import assert_problem
from tests.serving import serving


def _settings(url: str) -> CatalogSettings:
    return CatalogSettings(database_url=SecretStr(url), database_pool_size=4)


@pytest.fixture
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CatalogSettings]:
    """A catalog on a server of its own, which may crash."""
    with postgres.temporary_server(tmp_path_factory.mktemp("crashing")) as server_url:
        yield _settings(await Databases(server_url, "own").create(_settings))


def build_draft(name: str) -> dict[str, object]:
    return {
        "council": "Совет",
        "name": name,
        "level": 3,
        "labour_functions": [{"code": "A/01.3", "name": "Поддержка"}],
        "requirements": {"rule": "document", "kind": "education", "title": "Образование"},
        "validity_term": "P3Y",
        "legal_requirement": "закон",
    }


async def test_answers_during_a_crash_are_lasting_successes_or_503(
    settings: CatalogSettings,
) -> None:
    database = Database.connect(settings)
    answers: list[httpx.Response] = []
    stop = asyncio.Event()
    async with serving(create(settings)) as client:

        async def writer(number: int) -> None:
            count = 0
            while not stop.is_set():
                count += 1
                answers.append(
                    await client.post("/v1/qualifications", json=build_draft(f"{number}-{count}"))
                )

        async with asyncio.TaskGroup() as writers:
            for number in range(4):
                writers.create_task(writer(number))
            for _ in range(3):
                await _some_more_succeed(answers)
                await crash(database)
            await _some_more_succeed(answers)
            stop.set()
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 503, "service.unavailable")
    assert any(answer.status_code == 503 for answer in answers), "the crash must be felt"
    lasting = {row.name for row in await rows(database, "SELECT name FROM qualification_version")}
    assert {answer.json()["name"] for answer in answers if answer.status_code == 201} <= lasting
    await database.close()


async def _some_more_succeed(answers: list[httpx.Response]) -> None:
    def count_created() -> int:
        return sum(answer.status_code == 201 for answer in answers)

    before = count_created()

    async def enough_created() -> bool:
        return count_created() > before + 10

    await eventually(enough_created, "requests to succeed")
