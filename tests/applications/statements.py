"""The statements that run on a database, for tests of what something costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from shared.db import Database


@contextmanager
def recording_statements(
    database: Database, beginning: str = ""
) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run meanwhile and begin so, each with its parameters."""
    statements: list[tuple[str, Any]] = []

    def keep_statement(*arguments: Any) -> None:
        if arguments[2].startswith(beginning):
            statements.append((arguments[2], arguments[3]))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", keep_statement)
    yield statements
    event.remove(engine, "before_cursor_execute", keep_statement)
