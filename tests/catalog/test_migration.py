"""What was there before versions were rows of their own is carried over whole."""

import asyncio
import json

from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import text

from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from tests.catalog.qualifications import good, revise, step
from tests.catalog.tables.council_tables import reviewed
from tests.clock import ManualClock
from tests.databases import Databases
from tests.serving import serving

_FIRST_FORM = """
INSERT INTO qualification (
    id, status, revision, version, name, council, occupational_standard, level, labour_functions,
    requirements, requirements_text, validity_term, completed_by_publisher, search_text, created_at,
    published_at
) VALUES (
    gen_random_uuid(), :status, 2, :version, :name, :council, CAST(:standard AS jsonb), :level,
    CAST(:functions AS jsonb), CAST(:requirements AS jsonb), :requirements_text, :term,
    CAST(:completed AS jsonb), 'слова', '2026-01-10T09:00:00Z', :published_at
)
"""


async def test_rows_of_the_first_form_become_first_versions(
    databases: Databases, clock: ManualClock
) -> None:
    url = await databases.create(lambda url: CatalogSettings(database_url=SecretStr(url)))
    settings = CatalogSettings(database_url=SecretStr(url))
    config = Config("alembic.ini", ini_section="catalog")
    config.attributes["settings"] = settings
    database = Database.connect(settings)
    async with database.transaction() as session:
        await execute(session, text("DROP SCHEMA public CASCADE"))
        await execute(session, text("CREATE SCHEMA public"))
    await asyncio.to_thread(command.upgrade, config, "0001")
    async with database.transaction() as session:
        for status, data in zip(("published", "draft"), reviewed(), strict=False):
            await execute(
                session,
                text(_FIRST_FORM).bindparams(
                    status=status,
                    version=int(status == "published"),
                    name=data["name"],
                    council=data["council"],
                    standard=json.dumps(data["occupational_standard"]),
                    level=data["level"],
                    functions=json.dumps(data["labour_functions"]),
                    requirements=json.dumps(data["requirements"]),
                    requirements_text=data["requirements_text"],
                    term=data["validity_term"],
                    completed=json.dumps(data["completed_by_publisher"]),
                    published_at=clock.now() if status == "published" else None,
                ),
            )
    await asyncio.to_thread(command.upgrade, config, "head")
    async with serving(create(settings, clock)) as client:
        (item,) = good(await client.get("/v1/qualifications", params={"text": "оператора"}))[
            "items"
        ]
        one = good(await client.get(f"/v1/qualifications/{item['id']}"))
        data = reviewed()[0]
        assert {name: one[name] for name in data if name != "labour_functions"} == {
            name: value for name, value in data.items() if name != "labour_functions"
        }
        assert (one["version"], one["state"], one["effective_from"]) == (
            1,
            "in_force",
            "2026-03-02",
        )
        assert good(await client.get("/v1/changes"))["head"] == 1
        same = await revise(client, one, **data)
        assert same.json()["rule"] == "version.unchanged"
        (hidden,) = good(await client.get("/v1/qualifications?status=draft"))["items"]
        good(await step(client, hidden, "submit"))
    await database.close()
    await databases.drop(url)
