"""The one Alembic environment. The ini section names the service: `alembic -n catalog ...`."""

import asyncio
from functools import partial
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, MetaData, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.migrations.revisions import keep_floor, needs_upgrade
from deploy.migrations.turns import migrate_patiently, take_turn
from shared import idempotency, lease
from shared.connections import choose_connect
from shared.job_states import tables as job_tables
from shared.messaging import tables
from shared.settings import Settings

service = context.config.config_ini_section


def _load_settings() -> Settings:
    passed_settings = context.config.attributes.get("settings")
    if isinstance(passed_settings, Settings):
        return passed_settings
    module = import_module(f"services.{service}.settings")
    own_settings: Settings = getattr(module, f"{service.capitalize()}Settings")()
    return own_settings


settings = _load_settings()


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


# Whoever says nothing for a while loses the turn: what takes long to load is loaded before.
target_metadata = _target_metadata()

PARTITIONS = ("outbox_", "validity_notice_", "roster_event_", "delivery_attempt_")
"""How the names of tables begin that are parts of others by date."""


def _is_managed(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Whether models say it: they say tables, and nothing of the parts that these have by date."""
    return not (kind == "table" and (name or "").startswith(PARTITIONS))


def _run_migrations(connection: Connection) -> None:
    take_turn(connection, service)
    migrate_patiently(connection, settings, lambda: _run_revisions(connection))


def _run_revisions(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_object=_is_managed,
        compare_server_default=False,
        transaction_per_migration=True,
        on_version_apply=partial(keep_floor, context.script),
    )
    if needs_upgrade(context.script, service, connection):
        with context.begin_transaction():
            context.run_migrations()
    connection.commit()


def _connect_engine() -> AsyncEngine:
    """One connection with limits of its own, past those of requests.

    A statement takes as long as it takes, and a lock is asked for briefly. A process that is frozen
    between two statements loses its turn, and one that is gone, or its machine, ends its statement.
    """
    idle_limit = f"{settings.lease_seconds:g}s"
    limits = {
        "application_name": f"attesta-{service}-migrations",
        "statement_timeout": "0",
        "lock_timeout": f"{settings.schema_lock_seconds:g}s",
        "idle_in_transaction_session_timeout": idle_limit,
        "idle_session_timeout": idle_limit,
        "client_connection_check_interval": "5s",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    dsn, connect = settings.database_url.get_secret_value(), choose_connect(settings)
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(connect, dsn, server_settings=limits),
        poolclass=NullPool,
    )


async def _migrate_database() -> None:
    engine = _connect_engine()
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run_migrations)
    finally:
        await engine.dispose()


asyncio.run(_migrate_database())
