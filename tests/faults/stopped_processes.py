"""Processes that are told to stop while somebody keeps them busy."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from deploy.local.ports import HOST
from tests.conditions import eventually
from tests.serving import WIRE_SECONDS

LIMIT_SECONDS = 3.0
"""What `shutdown_seconds` is set to."""
START_SECONDS = 180.0
"""What a busy machine may need to start one."""
SLACK_SECONDS = 20.0
"""What a busy machine may need besides to collect a process that has ended."""


@dataclass(frozen=True, slots=True)
class StoppableProcess:
    """A process, and where it answers."""

    process: asyncio.subprocess.Process
    port: int

    def connect(self) -> socket.socket:
        """A connection of a client that says what it wants, as slowly as it wants."""
        return socket.create_connection((HOST, self.port), timeout=WIRE_SECONDS)

    async def stop(self) -> float:
        """Tells it to stop; how many seconds it took. Raises `TimeoutError`."""
        started_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LIMIT_SECONDS + SLACK_SECONDS):
            await self.process.wait()
        return time.monotonic() - started_at


@asynccontextmanager
async def start_process(
    arguments: tuple[str, ...], port: int, variables: Mapping[str, str]
) -> AsyncIterator[StoppableProcess]:
    """A running process that answers on the port; killed at the end if it still runs."""
    limits = {
        "ATTESTA_SHUTDOWN_SECONDS": str(LIMIT_SECONDS),
        "ATTESTA_DRAIN_SECONDS": "1",
        "ATTESTA_HEALTH_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **limits, **variables}
    )
    try:
        await _wait_until_live(port)
        yield StoppableProcess(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _wait_until_live(port: int) -> None:
    async with httpx.AsyncClient(timeout=WIRE_SECONDS) as client:

        async def is_live() -> bool:
            try:
                answer = await client.get(f"http://{HOST}:{port}/health/live")
            except httpx.TransportError:
                return False
            return answer.status_code == httpx.codes.OK

        await eventually(is_live, "the process answers", START_SECONDS)
