"""The one Alembic environment. The ini section names the service: `alembic -n catalog ...`."""

import asyncio
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, MetaData, text

from shared import idempotency
from shared.db import Database
from shared.messaging import tables
from shared.settings import Settings

service = context.config.config_ini_section


def _settings() -> Settings:
    given = context.config.attributes.get("settings")
    if isinstance(given, Settings):
        return given
    module = import_module(f"services.{service}.settings")
    settings: Settings = getattr(module, f"{service.capitalize()}Settings")()
    return settings


def _metadata() -> list[MetaData]:
    """The service's own tables, and those that stand in every service's database."""
    own: MetaData = import_module(f"services.{service}.models").metadata
    return [own, tables.metadata, idempotency.idempotency_key.metadata]


def _ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """The outbox's partitions come and go with the days; no migration speaks of them."""
    return not (kind == "table" and (name or "").startswith("outbox_"))


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=_metadata(),
        include_object=_ours,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    # Replicas that start together migrate one after another; the later ones find nothing to do.
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_lock(hashtextextended('attesta.migrate', 0))"))
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def _online() -> None:
    database = Database.connect(_settings())
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(_migrate)
    finally:
        await database.close()


asyncio.run(_online())
