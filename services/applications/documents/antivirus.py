"""The antivirus: ClamAV over its protocol, or none."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from services.applications.documents.store import Upload, _chunks
from shared.errors import TransientFailure


class Antivirus(Protocol):
    """Looks into a file before it is stored."""

    async def scan(self, upload: Upload) -> str:
        """`clean`, `infected` or `not_configured`. Raises `TransientFailure`."""
        ...


class NoAntivirus:
    """The clear statement that nobody looked."""

    async def scan(self, upload: Upload) -> str:  # noqa: ARG002
        """Not configured."""
        return "not_configured"


@dataclass(frozen=True, slots=True)
class ClamAV:
    """A ClamAV daemon, asked by its INSTREAM command over TCP."""

    host: str
    port: int
    patience_seconds: float = 60

    async def scan(self, upload: Upload) -> str:
        """`clean` or `infected`. Raises `TransientFailure` when it does not say."""
        try:
            async with asyncio.timeout(self.patience_seconds):
                said = await self._ask(upload)
        except (OSError, TimeoutError) as error:
            raise TransientFailure(f"antivirus: {type(error).__name__}") from error
        if said.endswith(b"FOUND"):
            return "infected"
        if said.endswith(b"OK"):
            return "clean"
        raise TransientFailure("antivirus: it could not look")

    async def _ask(self, upload: Upload) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in _chunks(upload):
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
            writer.write((0).to_bytes(4, "big"))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0 \n")
        finally:
            writer.close()


def antivirus(address: str | None) -> Antivirus:
    """The antivirus at `host:port`; none without an address."""
    if address is None:
        return NoAntivirus()
    host, _, port = address.rpartition(":")
    return ClamAV(host, int(port))
