"""How connections to PostgreSQL are made, with deadlines on both sides, and when one is left.

The database breaks off what takes too long and says so. A backend that is frozen and a socket whose
other end is gone say nothing, so this side has a deadline as well, a little later.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from shared.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of its own, below SQLAlchemy."""

ANSWER_SECONDS = 2.0
"""What the database broke off, it says within so long; then it counts as silent."""
CHECK_SECONDS = 2.0
"""A connection of the pool that says nothing for so long when it is taken is left."""
READ_ONLY_STATE = "25006"
"""SQLSTATE of a write to a database, or in a transaction, that takes none."""
_READ_ONLY_SETTINGS = ("default_transaction_read_only", "in_hot_standby")


def connection_arguments(settings: Settings, purpose: str = "") -> dict[str, Any]:
    """What the driver connects with; `purpose` ends the name that the database knows us by.

    Of several hosts the one is taken that is no standby: a standby lags behind, and a verdict
    could be that of yesterday.
    """
    statement_milliseconds = _milliseconds(settings.statement_timeout_seconds)
    return {
        "timeout": settings.connect_timeout_seconds,
        "command_timeout": settings.statement_timeout_seconds + ANSWER_SECONDS,
        "target_session_attrs": "primary",
        "server_settings": {
            "application_name": f"attesta-{settings.service}{purpose}",
            "statement_timeout": statement_milliseconds,
            "idle_in_transaction_session_timeout": statement_milliseconds,
            "lock_timeout": _milliseconds(settings.lock_timeout_seconds),
        },
    }


def hurried_arguments(settings: Settings, limit_seconds: float) -> dict[str, Any]:
    """The same for a connection on which everything has one limit, and locks a third of it."""
    arguments = connection_arguments(settings)
    milliseconds = _milliseconds(limit_seconds)
    limits = {
        "statement_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        "lock_timeout": _milliseconds(limit_seconds / 3),
    }
    return {
        **arguments,
        "timeout": limit_seconds,
        "command_timeout": limit_seconds,
        "server_settings": {**arguments["server_settings"], **limits},
    }


def choose_connect(settings: Settings) -> Callable[..., Awaitable[Connection]]:
    """The function that connects with such arguments."""
    return _connect_through_pooler if settings.database_pooler else asyncpg.connect


async def _connect_through_pooler(
    *address: Any, server_settings: Mapping[str, str], **options: Any
) -> Connection:
    """Connects and sets the parameters then: PgBouncer refuses most of them at the beginning."""
    parameters = dict(server_settings)
    name = {"application_name": parameters.pop("application_name")}
    connection: Connection = await asyncpg.connect(*address, server_settings=name, **options)
    try:
        for parameter, value in parameters.items():
            await connection.execute("SELECT set_config($1, $2, false)", parameter, value)
    except BaseException:
        connection.terminate()
        raise
    return connection


def _milliseconds(seconds: float) -> str:
    return str(max(round(seconds * 1000), 1))


def leave_bad_connections(engine: Engine) -> None:
    """Lets the engine's pool leave connections that are silent, or lead to what takes no writes.

    SQLAlchemy's own check has no deadline, and costs three questions instead of one.
    """
    event.listen(engine, "checkout", _check_connection)
    event.listen(engine, "handle_error", _judge_connection)


def _check_connection(dbapi_connection: Any, record: Any, _: object) -> None:
    """Raises `InvalidatePoolError` for one that is not to be used again; a new one is not asked."""
    if "is_used" not in record.info:
        record.info["is_used"] = True
        return
    if _is_read_only(record.driver_connection):
        raise InvalidatePoolError
    try:
        dbapi_connection.run_async(_ask_for_answer)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise InvalidatePoolError from error


async def _ask_for_answer(connection: Connection) -> None:
    await connection.execute("SELECT 1", timeout=CHECK_SECONDS)


def _judge_connection(context: ExceptionContext) -> None:
    """A connection that was silent is left, and all of a pool where the database takes no writes.

    A write in a transaction that was meant to read is a defect of ours, and no reason.
    """
    error = context.original_exception
    if isinstance(error, TimeoutError):
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False
    elif getattr(error, "sqlstate", None) == READ_ONLY_STATE:
        connection = context.connection
        if connection is not None and not connection.invalidated:
            context.is_disconnect = _is_read_only(connection.connection.driver_connection)


def _is_read_only(connection: Any) -> bool:
    """Whether the server has said that it takes no writes from this connection."""
    server_settings = connection.get_settings()
    return any(getattr(server_settings, name, "off") == "on" for name in _READ_ONLY_SETTINGS)
