"""A client that keeps a server busy: HTTP/1.1 over persistent connections, with little work."""

import asyncio
import time
from collections.abc import Sequence

CONNECTIONS = 8


def build_request(path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of an HTTP/1.1 request."""
    method = "POST" if body else "GET"
    all_headers = {"Host": "bench", **headers, "Content-Length": str(len(body))}
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in all_headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def measure_rate(host: str, port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Requests answered per second over `seconds`; all must be answered with 200.

    Raises `RuntimeError` otherwise.
    """
    deadline = time.perf_counter() + seconds
    started_at = time.perf_counter()
    counts = await asyncio.gather(
        *(
            _drive_connection(host, port, requests[offset::CONNECTIONS], deadline)
            for offset in range(CONNECTIONS)
        )
    )
    return sum(counts) / (time.perf_counter() - started_at)


async def _drive_connection(
    host: str, port: int, requests: Sequence[bytes], deadline: float
) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    count = 0
    try:
        while time.perf_counter() < deadline:
            writer.write(requests[count % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            await reader.readexactly(_content_length(head))
            count += 1
    finally:
        writer.close()
    return count


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without a length")
