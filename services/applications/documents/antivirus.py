"""The antivirus: ClamAV over its protocol, or none."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from services.applications.documents.store import Upload, read_chunks
from shared.errors import TransientFailure


class Antivirus(Protocol):
    """Scans a file before it is stored."""

    async def scan(self, upload: Upload) -> str:
        """The verdict: `clean`, `infected` or `not_configured`. Raises `TransientFailure`."""
        ...


class NoAntivirus:
    """Stands for a missing antivirus: every scan answers that none is configured."""

    async def scan(self, upload: Upload) -> str:  # noqa: ARG002
        """Always `not_configured`; the file is not read."""
        return "not_configured"


@dataclass(frozen=True, slots=True)
class ClamAV:
    """A ClamAV daemon, used by its INSTREAM command over TCP."""

    host: str
    port: int
    timeout_seconds: float = 60

    async def scan(self, upload: Upload) -> str:
        """`clean` or `infected`. Raises `TransientFailure` when the daemon gives no verdict."""
        try:
            async with asyncio.timeout(self.timeout_seconds):
                reply = await self._send_stream(upload)
        except (OSError, TimeoutError) as error:
            raise TransientFailure(f"antivirus: {type(error).__name__}") from error
        if reply.endswith(b"FOUND"):
            return "infected"
        if reply.endswith(b"OK"):
            return "clean"
        raise TransientFailure("antivirus: it could not look")

    async def _send_stream(self, upload: Upload) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in read_chunks(upload):
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
            writer.write((0).to_bytes(4, "big"))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0 \n")
        finally:
            writer.close()


def open_antivirus(address: str | None) -> Antivirus:
    """The antivirus at `host:port`; `NoAntivirus` without an address."""
    if address is None:
        return NoAntivirus()
    host, _, port = address.rpartition(":")
    return ClamAV(host, int(port))
