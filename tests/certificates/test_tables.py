"""The migrations make the constraints and indexes that the models say, under their names."""

from typing import Any

from sqlalchemy import text

from services.certificates.models import metadata
from shared.db import Database
from tests.certificates.conftest import certificates_settings
from tests.databases import Databases

CONSTRAINTS = """
    SELECT conrelid::regclass::text AS owner, conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE connamespace = CAST(CAST(:schema AS text) AS regnamespace) AND contype <> 'n'
    UNION ALL SELECT tablename, indexname, replace(indexdef, format('%s.', schemaname), '')
    FROM pg_indexes WHERE schemaname = CAST(:schema AS text)
"""


async def _list_parts(connection: Any, schema: str) -> set[tuple[str, str, str]]:
    """The constraints and indexes of the models' tables in a schema: table, name, definition."""
    await connection.execute(text(f"SET search_path TO {schema}"))
    rows = await connection.execute(text(CONSTRAINTS), {"schema": schema})
    return {tuple(row) for row in rows if row.owner in metadata.tables}


async def test_migrations_make_the_constraints_and_indexes_of_the_models(
    databases: Databases,
) -> None:
    url = await databases.create(certificates_settings)
    database = Database.connect(certificates_settings(url))
    async with database.engine.connect() as connection:
        await connection.execute(text("CREATE SCHEMA modelled"))
        await connection.execute(text("SET search_path TO modelled"))
        await connection.run_sync(metadata.create_all)
        modelled_parts = await _list_parts(connection, "modelled")
        migrated_parts = await _list_parts(connection, "public")
    await database.close()
    await databases.drop(url)
    assert len(modelled_parts) > 40
    assert migrated_parts == modelled_parts
