"""Partitions of a table by time: made some time ahead, dropped when they are old enough.

Who writes to the table does not wait for that, also beside a backup, which holds a lock of every
table for hours. A partition is attached, which lets writers pass, and to be dropped it is locked
before its table is. Whatever is still not to be had is asked for briefly; the job's next round
comes after a pause that grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared import logs
from shared.db import Connection, Database
from shared.settings import Settings

DELETED_ROWS = 10_000
log = logs.get_logger(__name__)

_LIST_PARTITIONS = """
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = $1::text::regclass AND c.relname LIKE $2
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('attesta.partitions.' || $1, 0))"
_SET_LOCK_LIMIT = "SELECT set_config('lock_timeout', $1, true)"

Bound = date | datetime


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What one partition holds: from the first bound to before the second.

    `suffix` ends its name, and sorts as time does.
    """

    suffix: str
    start: Bound
    end: Bound


@dataclass(frozen=True, slots=True)
class PartitionedTable:
    """A table with partitions by the ranges of a column, and a default one for all else.

    `kept_rows` is the condition, in SQL, of rows that are kept whatever their age.
    """

    name: str
    column: str
    kept_rows: str = "false"

    async def maintain(
        self,
        database: Database,
        settings: Settings,
        coming_ranges: Sequence[TimeRange],
        oldest: TimeRange,
    ) -> None:
        """Makes the partitions that are coming, and drops those before the oldest that is kept.

        A row that fits none goes to the default one, from which it is deleted in its time. Safe to
        run twice or by two processes: each partition is a transaction, and what is done stays.
        Raises `asyncpg.LockNotAvailableError` where a lock is not to be had in time.
        """
        connection: Connection = await database.open_connection(settings.lease_seconds)
        try:
            lock_limit = f"{settings.schema_lock_seconds:g}s"
            await connection.execute("SELECT set_config('lock_timeout', $1, false)", lock_limit)
            names = await self._list_partitions(connection)
            for time_range in coming_ranges:
                if self._partition_name(time_range.suffix) not in names:
                    await self._create(connection, time_range)
            for name in sorted(names):
                if name < self._partition_name(oldest.suffix):
                    await self._drop(connection, name)
            await self._delete_misplaced(connection, oldest.start)
        finally:
            connection.terminate()

    def _partition_name(self, suffix: str) -> str:
        return f"{self.name}_p{suffix}"

    async def _list_partitions(self, connection: Connection) -> set[str]:
        pattern = f"{self._partition_name('')}%".replace("_", "\\_")
        rows = await connection.fetch(_LIST_PARTITIONS, self.name, pattern)
        return {row["relname"] for row in rows}

    async def _create(self, connection: Connection, time_range: TimeRange) -> None:
        """Makes a table like it and attaches that: both or nothing, while others write."""
        name = self._partition_name(time_range.suffix)
        async with connection.transaction():
            await connection.execute(_LOCK, self.name)
            if name in await self._list_partitions(connection):
                return
            has_misplaced_rows = await connection.fetchval(
                f"SELECT EXISTS (SELECT FROM {self.name}_default"  # noqa: S608 - our own names
                f" WHERE {self.column} >= $1 AND {self.column} < $2)",
                time_range.start,
                time_range.end,
            )
            if has_misplaced_rows:
                log.warning("partition.rows_in_default", partition=name)
                return
            await connection.execute(
                f"CREATE TABLE {name} (LIKE {self.name} INCLUDING ALL EXCLUDING IDENTITY)"
            )
            await connection.execute(
                f"ALTER TABLE {self.name} ATTACH PARTITION {name} FOR VALUES"
                f" FROM ('{time_range.start.isoformat()}') TO ('{time_range.end.isoformat()}')"
            )

    async def _drop(self, connection: Connection, name: str) -> None:
        """Drops a partition; its own lock comes first, since nobody writes there any more."""
        async with connection.transaction():
            await connection.execute(_LOCK, self.name)
            if name not in await self._list_partitions(connection):
                return
            await connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            has_kept_rows = await connection.fetchval(
                f"SELECT EXISTS (SELECT FROM {name} WHERE {self.kept_rows})"  # noqa: S608 - as above
            )
            if has_kept_rows:
                log.error("partition.rows_kept", partition=name)
                return
            await connection.execute(f"DROP TABLE {name}")
        log.info("partition.dropped", partition=name)

    async def _delete_misplaced(self, connection: Connection, kept_from: Bound) -> None:
        await connection.execute(
            f"DELETE FROM {self.name}_default WHERE ctid = ANY(ARRAY("  # noqa: S608 - as above
            f"SELECT ctid FROM {self.name}_default"
            f" WHERE {self.column} < $1 AND NOT ({self.kept_rows}) LIMIT $2))",
            kept_from,
            DELETED_ROWS,
        )
