"""The database's address alone says that its connections are by TLS, and whose authority counts."""

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGQUIT
from ssl import SSLCertVerificationError
from stat import S_IXOTH
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.local.ports import HOST, accepts_connections
from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from tests.ports import reserve_ports
from tests.tls import create_certificate

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
IS_ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a PostgreSQL that takes nothing but TLS: host, way, and whose authority is trusted."""
    if not PROGRAMS:
        pytest.skip("the embedded PostgreSQL has no TLS, another is needed: postgresql of Debian")
    folder = tmp_path_factory.mktemp("postgres-tls")
    for ancestor in (folder, *folder.parents):  # root serves as an account of its own
        ancestor.chmod(ancestor.stat().st_mode | S_IXOTH)
    data, port = folder / "data", reserve_ports().gateway
    data.mkdir(mode=0o700)
    create_certificate(folder, "server", HOST)
    create_certificate(folder, "foreign", HOST)
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(data, account.pw_uid, account.pw_gid)
    identity: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid} if os.geteuid() == 0 else {}
    )
    initdb = [str(PROGRAMS[-1].with_name("initdb")), "-D", str(data), "-U", "postgres"]
    subprocess.run(initdb, check=True, capture_output=True, **identity)
    for source, name in (("server.pem", "server.crt"), ("server.key", "server.key")):
        (data / name).write_bytes((folder / source).read_bytes())
        os.chown(data / name, account.pw_uid, account.pw_gid)
        (data / name).chmod(0o600)
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
    options = ["-clisten_addresses=127.0.0.1", f"-cport={port}", "-cssl=on", "-cfsync=off"]
    process = subprocess.Popen([PROGRAMS[-1], "-D", data, "-k", "", *options], **identity)
    try:
        while not accepts_connections(port):
            assert process.poll() is None
            time.sleep(0.05)
        yield (
            f"postgresql://postgres@{{}}:{port}/postgres?sslmode={{}}&sslrootcert={folder}/{{}}.pem"
        )
    finally:
        process.send_signal(SIGQUIT)
        process.wait()


async def _count_encrypted(url: str) -> int:
    """How many of the ways to a database are by TLS: the engine, the read pool, a connection."""
    database = Database.connect(CatalogSettings(database_url=SecretStr(url)))
    try:
        async with database.transaction() as session:
            answers = [(await execute(session, text(IS_ENCRYPTED))).scalar_one()]
        pool = await database.read_pool.get_pool()
        answers.append(await pool.fetchval(IS_ENCRYPTED))
        connection = await database.open_connection()
        answers.append(await connection.fetchval(IS_ENCRYPTED))
        connection.terminate()
    finally:
        await database.close()
    return sum(answers)


async def test_every_connection_is_by_tls(address: str) -> None:
    assert await _count_encrypted(address.format(HOST, "verify-full", "server")) == 3


@pytest.mark.parametrize(("host", "authority"), [(HOST, "foreign"), ("localhost", "server")])
async def test_only_a_certificate_of_that_host_by_that_authority_is_taken(
    address: str, host: str, authority: str
) -> None:
    with pytest.raises(SSLCertVerificationError):
        await _count_encrypted(address.format(host, "verify-full", authority))


async def test_who_says_everything_in_the_clear_is_not_let_in(address: str) -> None:
    with pytest.raises(DBAPIError, match="no encryption"):
        await _count_encrypted(address.format(HOST, "disable", "server"))
