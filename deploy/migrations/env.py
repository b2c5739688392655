"""The one Alembic environment. The ini section names the service: `alembic -n catalog ...`."""

import asyncio
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, MetaData, text

from deploy.migrations.revisions import check_revisions
from shared import idempotency, lease
from shared.db import Database
from shared.job_states import tables as job_tables
from shared.messaging import tables
from shared.settings import Settings

service = context.config.config_ini_section


def _load_settings() -> Settings:
    passed_settings = context.config.attributes.get("settings")
    if isinstance(passed_settings, Settings):
        return passed_settings
    module = import_module(f"services.{service}.settings")
    settings: Settings = getattr(module, f"{service.capitalize()}Settings")()
    return settings


def _target_metadata() -> list[MetaData]:
    """The service's own tables, and those that stand in every service's database."""
    service_metadata: MetaData = import_module(f"services.{service}.models").metadata
    return [
        service_metadata,
        tables.metadata,
        lease.metadata,
        job_tables.metadata,
        idempotency.idempotency_key.metadata,
    ]


PARTITIONS = ("outbox_", "validity_notice_", "roster_event_", "delivery_attempt_")
"""How the names of tables begin that are parts of others by date."""


def _is_managed(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Whether models say it: they say tables, and nothing of the parts that these have by date."""
    return not (kind == "table" and (name or "").startswith(PARTITIONS))


def _run_migrations(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=_target_metadata(),
        include_object=_is_managed,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    # Replicas that start together migrate one after another; the later ones find nothing to do.
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_lock(hashtextextended('attesta.migrate', 0))"))
    heads = context.get_context().get_current_heads()
    check_revisions(context.script, service, set(heads))
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def _migrate_database() -> None:
    database = Database.connect(_load_settings())
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(_run_migrations)
    finally:
        await database.close()


asyncio.run(_migrate_database())
