"""The databases of services that run elsewhere."""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.local.calls import wait_for

_NUMBERED = """
    SELECT count(DISTINCT id) AS numbered FROM qualification_version
    WHERE payload -> 'qualification' ->> 'registry_number' IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ServerDatabases:
    """The databases of a trial's server, reached past its services."""

    address: str
    password: str
    port: int = 5432

    def run_statement(self, service: str, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """The rows of a statement, run as the superuser."""
        return asyncio.run(self._run_statement(service, statement, *arguments))

    async def _run_statement(
        self, service: str, statement: str, *arguments: Any
    ) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(
            host=self.address,
            port=self.port,
            user="postgres",
            password=self.password,
            database=f"attesta_{service}",
        )
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()

    def wait_until_numbered(self, count: int) -> None:
        """Until so many qualifications have their registry numbers where people apply.

        An application keeps the version under which it was made. Raises `StoryFailed`.
        """

        def are_numbered() -> bool | None:
            (row,) = self.run_statement("applications", _NUMBERED)
            return row["numbered"] == count or None

        wait_for(are_numbered, "qualifications with registry numbers")
