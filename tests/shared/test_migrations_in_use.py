"""Migrations of a database in use: several processes at once, busy tables, long indexes."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from services.catalog.settings import CatalogSettings
from shared.db import Connection
from tests.conditions import eventually
from tests.databases import Databases

SETUP = """
    CREATE TABLE thing (n int);
    CREATE TABLE split (n int) PARTITION BY RANGE (n);
    CREATE TABLE split_low PARTITION OF split FOR VALUES FROM (0) TO (100);
    CREATE TABLE split_high PARTITION OF split FOR VALUES FROM (100) TO (200);
"""
REVISION = '''
"""A change."""
from alembic import op
from shared.indexes import create_index
revision, down_revision, branch_labels, depends_on = "0002", "catalog_0001", None, None

def upgrade() -> None:
    {act}
'''
ADD_COLUMN = 'op.execute("ALTER TABLE thing ADD COLUMN m int")'
ADD_INDEX = 'create_index("ix_thing", "thing", "(n)")'
SPLIT_INDEX = 'create_index("ix_split", "split", "(n)")'
BUILDING = """
    SELECT count(*) = 1 FROM pg_stat_progress_create_index WHERE datname = current_database()
"""


class Upgrades:
    """A database of the catalog, and processes that bring it to a second revision."""

    def __init__(self, url: str, folder: Path, act: str) -> None:
        self.url = url
        self._environment = {
            **os.environ,
            "ATTESTA_CATALOG_DATABASE_URL": url,
            "ATTESTA_STATEMENT_TIMEOUT_SECONDS": "0.2",
            "ATTESTA_KAFKA_LIMIT_SECONDS": "4",
            "ATTESTA_LEASE_SECONDS": "5",
        }
        (folder / "0002_change.py").write_text(REVISION.format(act=act))
        first_form = Path("services/catalog/migrations/versions").resolve()
        self._ini = folder / "alembic.ini"
        self._ini.write_text(
            "[catalog]\nscript_location = deploy/migrations\npath_separator = os\n"
            f"prepend_sys_path = .\nversion_locations = {first_form}{os.pathsep}{folder}\n"
        )

    @asynccontextmanager
    async def start(self, **variables: str) -> AsyncIterator[Process]:
        """A process that upgrades the database; it does not outlive the block."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "alembic", "-c", str(self._ini), "-n", "catalog"),
            *("upgrade", "head"),
            env={**self._environment, **variables},
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """A connection of somebody else."""
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture
async def upgrades(
    databases: Databases, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Upgrades]:
    """A database with the tables of SETUP, and a revision that does what the parameter says."""
    url = await databases.create(lambda url: CatalogSettings(database_url=SecretStr(url)))
    upgrades = Upgrades(url, tmp_path, request.param)
    async with upgrades.connect() as connection:
        await connection.execute(SETUP)
    yield upgrades
    await databases.drop(url)


async def finish(process: Process) -> str:
    """What a process has said that has migrated."""
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def read_until(process: Process, words: str) -> None:
    """Waits until the process says this."""
    assert process.stdout is not None
    while words not in (line := (await process.stdout.readline()).decode()):
        assert line, f"it ended without: {words}"


async def wait_for_index(connection: Connection, process: Process) -> None:
    """Waits until the process makes an index."""

    async def is_building() -> bool:
        assert process.returncode is None, await finish(process)
        return bool(await connection.fetchval(BUILDING))

    await eventually(is_building, "an index to be made")


async def is_index_valid(connection: Connection, name: str) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name
        )
    )


@pytest.mark.parametrize("upgrades", [ADD_INDEX], indirect=True)
async def test_a_long_index_stops_nobody_and_a_second_process_waits_for_it(
    upgrades: Upgrades,
) -> None:
    async with upgrades.connect() as slow, upgrades.connect() as writer, upgrades.start() as first:
        await slow.execute("BEGIN; INSERT INTO thing VALUES (1)")  # the index waits for its end
        await wait_for_index(writer, first)
        async with upgrades.start() as second:
            await read_until(second, "migrates already; waiting")
            await writer.execute("INSERT INTO thing VALUES (2)")
            assert await writer.fetchval(BUILDING), "the index must not have been waited for"
            await slow.execute("COMMIT")
            await finish(first)
            await finish(second)
        assert await is_index_valid(writer, "ix_thing")


@pytest.mark.parametrize("upgrades", [ADD_INDEX], indirect=True)
async def test_a_killed_process_frees_the_database_and_its_index_is_made_anew(
    upgrades: Upgrades,
) -> None:
    async with upgrades.connect() as slow, upgrades.connect() as writer:
        await slow.execute("BEGIN; INSERT INTO thing VALUES (1)")
        async with upgrades.start() as first:
            await wait_for_index(writer, first)
            first.kill()

            async def is_ended() -> bool:
                return not await writer.fetchval(BUILDING)

            await eventually(is_ended, "the back end to notice")
        await slow.execute("COMMIT")
        assert not await is_index_valid(writer, "ix_thing")
        async with upgrades.start() as second:
            await finish(second)
        assert await is_index_valid(writer, "ix_thing")


@pytest.mark.parametrize("upgrades", [SPLIT_INDEX], indirect=True)
async def test_all_partitions_get_the_index_also_those_made_meanwhile(upgrades: Upgrades) -> None:
    async with (
        upgrades.connect() as slow,
        upgrades.connect() as writer,
        upgrades.start() as process,
    ):
        await slow.execute("BEGIN; INSERT INTO split VALUES (1)")
        await read_until(process, "a table is in use")
        await slow.execute("COMMIT; BEGIN; LOCK split_low IN ROW EXCLUSIVE MODE")
        await wait_for_index(writer, process)
        await writer.execute(
            "CREATE TABLE split_new PARTITION OF split FOR VALUES FROM (200) TO (300)"
        )
        await slow.execute("COMMIT")
        await finish(process)
        assert await is_index_valid(writer, "ix_split")


@pytest.mark.parametrize("upgrades", [ADD_COLUMN], indirect=True)
async def test_a_busy_table_is_written_to_while_a_migration_waits_for_it(
    upgrades: Upgrades,
) -> None:
    async with upgrades.connect() as reader, upgrades.connect() as writer:
        async with upgrades.start() as process:
            async with reader.transaction():
                await reader.fetch("SELECT * FROM thing")
                await read_until(process, "a table is in use; the oldest transaction is of back")
                await writer.execute("INSERT INTO thing VALUES (5)")
            await finish(process)
        assert await writer.fetchval("SELECT count(m) FROM thing") == 0


@pytest.mark.parametrize("upgrades", [ADD_COLUMN], indirect=True)
async def test_who_gets_no_lock_for_too_long_gives_up_and_says_so(upgrades: Upgrades) -> None:
    async with upgrades.connect() as reader, reader.transaction():
        await reader.fetch("SELECT * FROM thing")
        async with upgrades.start(ATTESTA_MIGRATION_LIMIT_SECONDS="0.1") as process:
            await read_until(process, "gave no lock within 0.1 s")
            assert await process.wait() == 1


@pytest.mark.parametrize("upgrades", [ADD_COLUMN], indirect=True)
async def test_a_frozen_process_loses_its_turn(upgrades: Upgrades) -> None:
    async with upgrades.connect() as reader, upgrades.start() as first:
        async with reader.transaction():
            await reader.fetch("SELECT * FROM thing")
            await read_until(first, "a table is in use")
            first.send_signal(signal.SIGSTOP)
        async with upgrades.start() as second:
            await finish(second)
        assert await reader.fetchval("SELECT count(m) FROM thing") == 0
