"""Indexes that migrations add to tables in use: nobody waits for them, however long they take."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection, text

_IS_PARTITIONED = text(
    "SELECT relkind = 'p' FROM pg_class WHERE oid = CAST(CAST(:table AS text) AS regclass)"
)
_LIST_PARTS = text(
    "SELECT p.relid::regclass::text FROM"
    " pg_partition_tree(CAST(CAST(:table AS text) AS regclass)) AS p"
    " WHERE p.isleaf AND NOT EXISTS ("
    "SELECT FROM pg_index AS i JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid"
    " WHERE i.indrelid = p.relid AND h.inhparent = to_regclass(:index)) ORDER BY 1"
)
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:index)")


def create_index(name: str, table: str, definition: str, *, unique: bool = False) -> None:
    """Makes an index of a table, or of a partitioned one with all its partitions, concurrently.

    `definition` is what follows the table's name, such as `(key, id) WHERE closed_at IS NULL`. It
    commits what the revision has done before, so let it be the revision's only act. What an earlier
    try left unfinished is made anew, and what it finished stays.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    connection = op.get_bind()
    if not connection.scalar(_IS_PARTITIONED, {"table": table}):
        with _unlimited_locks() as connection:
            _build_index(connection, name, kind, f"{table} {definition}")
        return
    # From now on partitions that are made have it from the beginning.
    op.execute(f"CREATE {kind} IF NOT EXISTS {name} ON ONLY {table} {definition}")
    parts = connection.scalars(_LIST_PARTS, {"table": table, "index": name}).all()
    with _unlimited_locks() as connection:
        for part in parts:
            _build_index(connection, f"{part}_{name}", kind, f"{part} {definition}")
    for part in parts:
        op.execute(f"ALTER INDEX {name} ATTACH PARTITION {part}_{name}")


@contextmanager
def _unlimited_locks() -> Iterator[Connection]:
    """Outside a transaction, with as much time as it takes: nobody else waits for such locks."""
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.execute(text("SET lock_timeout = 0"))
        try:
            yield connection
        finally:
            connection.execute(text("RESET lock_timeout"))


def _build_index(connection: Connection, name: str, kind: str, target: str) -> None:
    is_valid: bool | None = connection.scalar(_IS_VALID, {"index": name})
    if is_valid is False:
        connection.execute(text(f"DROP INDEX CONCURRENTLY {name}"))
    if not is_valid:
        connection.execute(
            text(f"CREATE {kind.replace('INDEX', 'INDEX CONCURRENTLY')} {name} ON {target}")
        )
