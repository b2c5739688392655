"""A service behind PgBouncer in session mode, which the setting `database_pooler` serves.

Debian has it: `apt-get install pgbouncer`; skipped where there is none.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import make_url

from deploy.local import postgres
from services.catalog.main import create
from services.catalog.settings import CatalogSettings
from shared.db import Database
from tests.conditions import eventually
from tests.faults.test_database_crash import build_draft
from tests.serving import serving

PORT = 6432
CONFIGURATION = """
[databases]
* = host={sockets} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {port}
auth_type = any
pool_mode = session
default_pool_size = 50
logfile = {folder}/log
"""


@contextmanager
def pgbouncer(server_url: str, folder: Path) -> Iterator[str]:
    """PgBouncer before a server; yields the url of the database `postgres` through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer")
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    sockets = make_url(server_url).query["host"]
    ini = folder / "pgbouncer.ini"
    ini.write_text(CONFIGURATION.format(sockets=sockets, folder=folder, port=PORT))
    as_account = ["-u", postgres.UNPRIVILEGED_ACCOUNT] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, "-q", *as_account, str(ini)])
    try:
        yield f"postgresql://postgres@/postgres?host={folder}&port={PORT}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CatalogSettings]:
    """A catalog that was migrated through PgBouncer, on a server of its own."""
    folder = tmp_path_factory.mktemp("pooled")
    with (
        postgres.temporary_server(folder) as server_url,
        pgbouncer(server_url, folder / "pgbouncer") as url,
    ):
        settings = CatalogSettings(database_url=SecretStr(url), database_pooler=True)

        async def is_up() -> bool:
            try:
                await (await asyncpg.connect(url)).close()
            except (OSError, asyncpg.PostgresError):
                return False
            return True

        await eventually(is_up, "PgBouncer to answer")
        config = Config("alembic.ini", ini_section="catalog")
        config.attributes["settings"] = settings
        await asyncio.to_thread(command.upgrade, config, "head")
        yield settings


async def test_a_service_works_behind_pgbouncer_in_session_mode(settings: CatalogSettings) -> None:
    async with serving(create(settings)) as client:

        async def create_and_read(number: int) -> set[int]:
            answer = await client.post("/v1/qualifications", json=build_draft(f"draft {number}"))
            listing = await client.get("/v1/qualifications")
            return {answer.status_code, listing.status_code}

        statuses = await asyncio.gather(*map(create_and_read, range(40)))
        assert set().union(*statuses) == {200, 201}
        assert (await client.get("/health/ready")).status_code == 200


async def test_limits_and_notifications_hold_behind_pgbouncer(settings: CatalogSettings) -> None:
    database = Database.connect(settings)
    try:
        pool = await database.read_pool.get_pool()
        assert await pool.fetchval("SHOW default_transaction_read_only") == "on"
        async with database.listen("channel") as notification:
            connection = await database.open_connection(limit_seconds=30)
            assert await connection.fetchval("SHOW statement_timeout") == "30s"
            assert await connection.fetchval("SHOW lock_timeout") == "10s"
            await connection.execute("NOTIFY channel")
            await asyncio.wait_for(notification.wait(), 60)
            await connection.close()
    finally:
        await database.close()
