"""How a database crashes."""

import os
from signal import SIGKILL

from shared.db import Connection, Database
from tests.conditions import eventually


async def crash(database: Database) -> None:
    """Kills one back end: the server ends all others and recovers, as after its own crash."""

    async def connected() -> "Connection | None":
        try:
            return await database.open_connection()
        except Exception:
            return None

    victim = await eventually(connected, "a connection")
    os.kill(victim.get_server_pid(), SIGKILL)
    victim.terminate()
