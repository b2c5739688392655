"""Partitions of a table by time: made some time ahead, dropped when they are old enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared import logs
from shared.db import Connection, Database

DELETED_ROWS = 10_000
log = logs.get_logger(__name__)

_LIST_PARTITIONS = """
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = $1::text::regclass AND c.relname LIKE $2
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('attesta.partitions.' || $1, 0))"

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
    """A table with partitions by the ranges of a column, and a default one for all else."""

    name: str
    column: str

    async def maintain(
        self, database: Database, coming_ranges: Sequence[TimeRange], oldest: TimeRange
    ) -> None:
        """Makes the partitions that are coming, and drops those before the oldest that is kept.

        A row that fits none goes to the default one, from which it is deleted in its time. Safe to
        run twice or by two processes.
        """
        connection: Connection = await database.open_connection()
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '5s'")
                await connection.execute(_LOCK, self.name)
                pattern = f"{self._partition_name('')}%".replace("_", "\\_")
                rows = await connection.fetch(_LIST_PARTITIONS, self.name, pattern)
                names = {row["relname"] for row in rows}
                for time_range in coming_ranges:
                    if self._partition_name(time_range.suffix) not in names:
                        await self._create(connection, time_range)
                for name in sorted(names):
                    if name < self._partition_name(oldest.suffix):
                        await connection.execute(f"DROP TABLE {name}")
                        log.info("partition.dropped", partition=name)
            await self._delete_misplaced(connection, oldest.start)
        finally:
            await connection.close()

    def _partition_name(self, suffix: str) -> str:
        return f"{self.name}_p{suffix}"

    async def _create(self, connection: Connection, time_range: TimeRange) -> None:
        has_misplaced_rows = await connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {self.name}_default"  # noqa: S608 - our own names
            f" WHERE {self.column} >= $1 AND {self.column} < $2)",
            time_range.start,
            time_range.end,
        )
        name = self._partition_name(time_range.suffix)
        if has_misplaced_rows:
            log.warning("partition.rows_in_default", partition=name)
            return
        await connection.execute(
            f"CREATE TABLE {name} PARTITION OF {self.name} FOR VALUES"
            f" FROM ('{time_range.start.isoformat()}') TO ('{time_range.end.isoformat()}')"
        )

    async def _delete_misplaced(self, connection: Connection, kept_from: Bound) -> None:
        await connection.execute(
            f"DELETE FROM {self.name}_default WHERE ctid = ANY(ARRAY("  # noqa: S608 - our own names
            f"SELECT ctid FROM {self.name}_default WHERE {self.column} < $1 LIMIT $2))",
            kept_from,
            DELETED_ROWS,
        )
