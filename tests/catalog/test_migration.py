"""The migrated database holds every constraint that the models name, and what only it can hold."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.catalog.models import metadata
from shared.db import Database, execute

_CONSTRAINTS = """
SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE contype IN ('p', 'u', 'f', 'c') AND relname = ANY(:tables)
"""
_TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"


async def test_constraints_bear_the_names_that_the_models_give_them(database: Database) -> None:
    tables = {table.name: table for table in metadata.sorted_tables}
    constraint_names = {
        (table.name, constraint.name)
        for table in tables.values()
        for constraint in table.constraints
    }
    async with database.read_only_transaction() as session:
        rows = (await execute(session, text(_CONSTRAINTS), {"tables": list(tables)})).all()
    assert {(row.relname, row.conname) for row in rows} == constraint_names


async def test_a_trigger_guards_what_was_published(database: Database) -> None:
    async with database.read_only_transaction() as session:
        rows = (await execute(session, text(_TRIGGERS))).all()
    assert [tuple(row) for row in rows] == [
        ("qualification_version", "published_version_is_immutable")
    ]


async def test_the_feed_has_one_head_that_stands_at_its_beginning(database: Database) -> None:
    async with database.read_only_transaction() as session:
        rows = (await execute(session, text("SELECT singleton, position FROM feed_head"))).all()
    assert [tuple(row) for row in rows] == [(1, 0)]
    with pytest.raises(DBAPIError, match="ck_feed_head_single_row"):
        async with database.transaction() as session:
            await execute(session, text("INSERT INTO feed_head VALUES (2, 0)"))
