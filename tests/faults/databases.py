"""The databases of services that run elsewhere."""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg


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
