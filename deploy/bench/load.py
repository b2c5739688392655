"""A client that keeps a server busy: HTTP/1.1 over kept connections, as little work as it can."""

import asyncio
import time
from collections.abc import Sequence

CONNECTIONS = 8


def request(path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    method = "POST" if body else "GET"
    told = {"Host": "bench", **headers, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def drive(host: str, port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Requests answered in a second, all of them with 200. Raises `RuntimeError` otherwise."""
    deadline = time.perf_counter() + seconds
    started = time.perf_counter()
    counts = await asyncio.gather(
        *(_one(host, port, requests[first::CONNECTIONS], deadline) for first in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - started)


async def _one(host: str, port: int, requests: Sequence[bytes], deadline: float) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    done = 0
    try:
        while time.perf_counter() < deadline:
            writer.write(requests[done % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            await reader.readexactly(_length(head))
            done += 1
    finally:
        writer.close()
    return done


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without a length")
