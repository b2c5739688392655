"""Where the time of a request goes: the service in this process, without sockets."""

import cProfile
import pstats
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services.certificates.main import create

if TYPE_CHECKING:
    from deploy.bench.__main__ import Subject

ROWS = 30_000
"""Certificates asked for in all, of each subject."""
LINES = 30


async def tell(subjects: "list[Subject]") -> None:
    """Prints the functions in which the service itself spends its time, for each subject."""
    app = create()
    async with app.router.lifespan_context(app):
        for subject in subjects:
            count = min(3_000, ROWS // subject.rows)
            await _ask(app, subject.ours[0])
            profiler = cProfile.Profile()
            profiler.enable()
            for place in range(count):
                await _ask(app, subject.ours[place % len(subject.ours)])
            profiler.disable()
            print(f"{subject.name}: {count} requests")
            pstats.Stats(profiler).sort_stats("tottime").print_stats(LINES)


async def _ask(app: Any, request: bytes) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    told = (line.split(": ", 1) for line in lines)
    headers = [(name.lower().encode(), value.encode()) for name, value in told]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004
            raise RuntimeError(str(message))

    await app(scope, receive, send)
