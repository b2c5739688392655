"""Databases to use up: each service's is migrated once for the whole run, then copied and kept.

A test that is done with its database gives it back as the migrations left it. One whose schema the
test changed is dropped instead: system catalogs tell, by the transactions that wrote their rows.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from shared.db import Connection
from shared.settings import Settings

Given = TypeVar("Given", bound=Settings)

_CATALOGS = ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_type")
_SCHEMA = "SELECT " + " || ' ' || ".join(
    f"(SELECT count(*) || ',' || sum(xmin::text::bigint) FROM {catalog})" for catalog in _CATALOGS
)
_TABLES = """
SELECT format('%I', relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_SEQUENCES = """
SELECT format('%I', sequencename) AS name, start_value, last_value
FROM pg_sequences WHERE schemaname = 'public'
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

SMALL_BYTES = 1_000_000
"""A larger table is truncated after a test."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the migrations of a service leave: rows of its tables, and where sequences stand."""

    template: str
    tables: list[str]
    rows: dict[str, str]
    """By table, where there are any."""
    sequences: dict[str, int | None]


@dataclass(slots=True)
class _Copy:
    """A database that may be used again."""

    name: str
    schema: str


@dataclass(slots=True)
class _Shelf:
    """The databases of a service that nobody uses now."""

    reference: Reference
    copies: list[_Copy] = field(default_factory=list)


class Databases:
    """Migrated databases on a real server. `run` names those that processes share."""

    def __init__(self, server_url: str, run: str) -> None:
        self._server = make_url(server_url)
        self._run = run
        self._shelves: dict[str, _Shelf] = {}

    async def create(self, settings: Callable[[str], Settings]) -> str:
        """The url of a new database, for whoever changes its schema or keeps it for long."""
        shelf = await self._shelf(settings)
        return self._url((await self._copy(shelf)).name)

    async def drop(self, url: str) -> None:
        """Removes a database, whoever is still connected."""
        await self._drop(str(make_url(url).database))

    @asynccontextmanager
    async def fresh(self, settings: Callable[[str], Given]) -> AsyncIterator[Given]:
        """Settings that name a database as the migrations leave it."""
        shelf = await self._shelf(settings)
        copy = shelf.copies.pop() if shelf.copies else await self._copy(shelf)
        try:
            yield settings(self._url(copy.name))
        finally:
            async with self._connected(copy.name) as connection:
                clean = await _restore(connection, shelf.reference, copy)
            if clean:
                shelf.copies.append(copy)
            else:
                await self._drop(copy.name)

    async def close(self) -> None:
        """Removes what is kept."""
        for shelf in self._shelves.values():
            while shelf.copies:
                await self._drop(shelf.copies.pop().name)

    async def _shelf(self, settings: Callable[[str], Settings]) -> _Shelf:
        service = settings(self._url("postgres")).service
        if service not in self._shelves:
            template = f"template_{service}_{self._run}"
            await self._make_template(template, service, settings(self._url(template)))
            name = await self._copy_of(template)
            async with self._connected(name) as connection:
                reference = await _look_at(connection, template)
            await self._drop(name)
            self._shelves[service] = _Shelf(reference)
        return self._shelves[service]

    async def _make_template(self, name: str, service: str, settings: Settings) -> None:
        """Migrates it, unless another process of the run has done so."""
        async with self._connected("postgres") as connection:
            await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
            template_query = "SELECT datistemplate FROM pg_database WHERE datname = $1"
            if await connection.fetchval(template_query, name):
                return
            await connection.execute(f"CREATE DATABASE {name}")
            await asyncio.to_thread(_migrate, service, settings)
            await connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE true")

    async def _copy(self, shelf: _Shelf) -> _Copy:
        name = await self._copy_of(shelf.reference.template)
        async with self._connected(name) as connection:
            return _Copy(name, await connection.fetchval(_SCHEMA))

    async def _copy_of(self, template: str) -> str:
        name = f"{template.removeprefix('template_')}_{uuid4().hex[:12]}"
        async with self._connected("postgres") as connection:
            # Two processes may copy at the same time; a file copy is the quicker way by far.
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    async def _drop(self, name: str) -> None:
        async with self._connected("postgres") as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[Connection]:
        connection = await asyncpg.connect(self._url(name))
        try:
            yield connection
        finally:
            await connection.close()

    def _url(self, name: str) -> str:
        url = self._server.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)


def _migrate(service: str, settings: Settings) -> None:
    config = Config("alembic.ini", ini_section=service)
    config.attributes["settings"] = settings
    command.upgrade(config, "head")


async def _look_at(connection: Connection, template: str) -> Reference:
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    rows = {name: await _rows_of(connection, name) for name in tables}
    sequences = {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}
    return Reference(
        template, tables, {name: text for name, text in rows.items() if text}, sequences
    )


async def _rows_of(connection: Connection, table: str) -> str | None:
    text: str | None = await connection.fetchval(f"SELECT json_agg(t)::text FROM {table} AS t")
    return text


async def _restore(connection: Connection, reference: Reference, copy: _Copy) -> bool:
    """Brings a database back to where the migrations left it; False where it cannot be."""
    await connection.execute(_END_OTHERS)
    if await connection.fetchval(_SCHEMA) != copy.schema:
        return False
    await _restore_rows(connection, reference)
    for row in await connection.fetch(_SEQUENCES):
        last = reference.sequences[row["name"]]
        if row["last_value"] != last:
            await connection.execute(
                "SELECT setval($1::text::regclass, $2, $3)",
                row["name"],
                last or row["start_value"],
                last is not None,
            )
    copy.schema = await connection.fetchval(_SCHEMA)
    return True


async def _restore_rows(connection: Connection, reference: Reference) -> None:
    """Brings the rows of all tables back to those that the migrations left."""
    sizes = ", ".join(f"pg_relation_size('{name}')" for name in reference.tables)
    row = await connection.fetchrow(f"SELECT {sizes}") or ()
    size_by_table = {name: size for name, size in zip(reference.tables, row, strict=True) if size}
    for name, text in reference.rows.items():
        if await _rows_of(connection, name) == text:
            size_by_table.pop(name, None)
    if not size_by_table:
        return
    async with connection.transaction():
        await _empty_tables(connection, size_by_table)
        for name, text in reference.rows.items():
            if await _rows_of(connection, name) is None:
                await connection.execute(
                    f"INSERT INTO {name} OVERRIDING SYSTEM VALUE"
                    f" SELECT * FROM json_populate_recordset(NULL::{name}, $1::text::json)",
                    text,
                )


async def _empty_tables(connection: Connection, size_by_table: dict[str, int]) -> None:
    """Empties tables, by their sizes in bytes.

    To delete a few rows costs a hundredth of truncating their tables, which makes new files. It
    needs a superuser: keys and triggers are left out, since all that they guard goes as well.
    """
    if await connection.fetchval("SELECT current_setting('is_superuser')") == "on":
        await connection.execute("SET LOCAL session_replication_role = replica")
        small_tables = [name for name, size in size_by_table.items() if size <= SMALL_BYTES]
        if small_tables:
            await connection.execute(";".join(f"DELETE FROM {name}" for name in small_tables))
    else:
        small_tables = []
    if large_tables := size_by_table.keys() - small_tables:
        await connection.execute(f"TRUNCATE {', '.join(sorted(large_tables))} CASCADE")
