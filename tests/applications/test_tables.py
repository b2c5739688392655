"""The first migration makes the constraints, indexes and sequences that the models say."""

from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.applications.models import metadata
from services.applications.settings import ApplicationsSettings
from shared.db import Database
from tests.databases import Databases

CONSTRAINTS = """
SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_class ON pg_class.oid = conrelid
WHERE c.connamespace = CAST(:schema AS regnamespace) AND contype IN ('c', 'f', 'p', 'u')
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema"
SEQUENCES = "SELECT sequencename, '', data_type::text FROM pg_sequences WHERE schemaname = :schema"


def _settings(url: str) -> ApplicationsSettings:
    return ApplicationsSettings(database_url=SecretStr(url))


async def _describe(connection: AsyncConnection, schema: str) -> set[tuple[str, str, str]]:
    """What stands in a schema for the service's own tables: table, name, definition."""
    names = {*metadata.tables, "case_serial", "statement_serial", "erasure_serial"}
    rows: list[Any] = []
    for query in (CONSTRAINTS, INDEXES, SEQUENCES):
        rows += (await connection.execute(text(query), {"schema": schema})).all()
    return {
        (table, name, definition.replace(f"{schema}.", ""))
        for table, name, definition in rows
        if table in names
    }


async def test_the_migrated_database_has_every_constraint_and_index_of_the_models(
    databases: Databases,
) -> None:
    url = await databases.create(_settings)
    database = Database.connect(_settings(url))
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA models"))
        await connection.execute(text("SET LOCAL search_path TO models"))
        await connection.run_sync(metadata.create_all)
        of_models = await _describe(connection, "models")
        migrated = await _describe(connection, "public")
    await database.close()
    await databases.drop(url)
    assert len(of_models) > 60
    assert migrated - of_models == set()
    assert of_models - migrated == set()
