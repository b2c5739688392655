"""A real HTTPS server that takes webhooks, and that tests tell how to misbehave."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from deploy.local.ports import HOST


@dataclass(frozen=True, slots=True)
class Received:
    """One request: its path, headers by their names in small letters, and body."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def read_json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def sequences(self) -> list[int]:
        """The sequence numbers of the events in it."""
        content = self.read_json()
        events = content if isinstance(content, list) else [content]
        return [int(event["sequence"]) for event in events if "sequence" in event]


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]
"""Writes the answer to a request; it may take its time, or write what is no answer."""


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Always this answer; `_` in names of headers stands for `-`."""

    async def answer(_request: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Told", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return answer


async def drip(_request: Received, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever: each read is short, the whole is endless."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def write_garbage(_request: Received, writer: asyncio.StreamWriter) -> None:
    """What no client of HTTP understands."""
    writer.write(b"\x00\xff garbage \r\n\r\n" * 20)
    writer.close()


async def write_without_end(_request: Received, writer: asyncio.StreamWriter) -> None:
    """A body without end, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def freeze(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Never answers, until the client hangs up."""
    while not writer.is_closing():
        await asyncio.sleep(0.02)


async def hang_up(_request: Received, writer: asyncio.StreamWriter) -> None:
    """Closes the connection instead of answering."""
    writer.close()


@dataclass
class Receiver:
    """What came in, and how the next requests are answered."""

    port: int = 0
    answer: Answer = field(default_factory=lambda: answering(204))
    requests: list[Received] = field(default_factory=list)
    connection_count: int = 0
    open_requests: int = 0
    most_open_requests: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: requests one after another."""
        self.connection_count += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                request = await _read_request(reader)
                self.requests.append(request)
                self.open_requests += 1
                self.most_open_requests = max(self.most_open_requests, self.open_requests)
                try:
                    await self.answer(request, writer)
                    await writer.drain()
                finally:
                    self.open_requests -= 1


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(request_line.split(" ")[1], headers, body)


@asynccontextmanager
async def receiving(context: ssl.SSLContext, host: str = HOST) -> AsyncIterator[Receiver]:
    """A receiver on a port of its own, behind this certificate; it ends with its connections."""
    receiver = Receiver()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await receiver.serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in set(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
